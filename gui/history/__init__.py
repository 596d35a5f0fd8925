"""Every dump made, kept between sessions."""
