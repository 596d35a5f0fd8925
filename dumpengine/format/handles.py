"""HandleDataStream, HandleOperationListStream, TokenStream and FunctionTableStream heads.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_handle_data_stream
"""

from dumpengine.format.layout import U32, U64, Struct, layout


@layout(size=16)
class MINIDUMP_HANDLE_DATA_STREAM(Struct):
    """Head of HandleDataStream."""

    SizeOfHeader: U32 = 16
    SizeOfDescriptor: U32 = 32
    NumberOfDescriptors: U32 = 0
    Reserved: U32 = 0


@layout(size=32)
class MINIDUMP_HANDLE_DESCRIPTOR(Struct):
    """An open handle; names are offsets of MINIDUMP_STRINGs, 0 when there is none."""

    Handle: U64 = 0
    TypeNameRva: U32 = 0
    ObjectNameRva: U32 = 0
    Attributes: U32 = 0
    GrantedAccess: U32 = 0
    HandleCount: U32 = 0
    PointerCount: U32 = 0


@layout(size=40)
class MINIDUMP_HANDLE_DESCRIPTOR_2(Struct):
    """The second version: a chain of object information behind it."""

    Handle: U64 = 0
    TypeNameRva: U32 = 0
    ObjectNameRva: U32 = 0
    Attributes: U32 = 0
    GrantedAccess: U32 = 0
    HandleCount: U32 = 0
    PointerCount: U32 = 0
    ObjectInfoRva: U32 = 0
    Reserved0: U32 = 0


@layout(size=12)
class MINIDUMP_HANDLE_OBJECT_INFORMATION(Struct):
    """One link of the chain; ``SizeOfInfo`` bytes follow it."""

    NextInfoRva: U32 = 0
    InfoType: U32 = 0
    SizeOfInfo: U32 = 0


@layout(size=16)
class MINIDUMP_HANDLE_OPERATION_LIST(Struct):
    """Head of HandleOperationListStream (Application Verifier's records)."""

    SizeOfHeader: U32 = 16
    SizeOfEntry: U32 = 0
    NumberOfEntries: U32 = 0
    Reserved: U32 = 0


@layout(size=16)
class MINIDUMP_TOKEN_INFO_LIST(Struct):
    """Head of TokenStream."""

    TokenListSize: U32 = 16
    TokenListEntries: U32 = 0
    ListHeaderSize: U32 = 16
    ElementHeaderSize: U32 = 16


@layout(size=16)
class MINIDUMP_TOKEN_INFO_HEADER(Struct):
    """One token; ``TokenId`` is a process or thread id."""

    TokenSize: U32 = 0
    TokenId: U32 = 0
    TokenHandle: U64 = 0


@layout(size=24)
class MINIDUMP_FUNCTION_TABLE_STREAM(Struct):
    """Head of FunctionTableStream (dynamic unwind tables)."""

    SizeOfHeader: U32 = 24
    SizeOfDescriptor: U32 = 32
    SizeOfNativeDescriptor: U32 = 0
    SizeOfFunctionEntry: U32 = 0
    NumberOfDescriptors: U32 = 0
    SizeOfAlignPad: U32 = 0


@layout(size=32)
class MINIDUMP_FUNCTION_TABLE_DESCRIPTOR(Struct):
    """One table; its native descriptor and entries follow."""

    MinimumAddress: U64 = 0
    MaximumAddress: U64 = 0
    BaseAddress: U64 = 0
    EntryCount: U32 = 0
    SizeOfAlignPad: U32 = 0
