"""What happened: captures that run and have run."""
