; The Windows installer, made by packaging/dev.py package with makensis:
;   /DVERSION, /DPROGRAM (the frozen folder), /DICON, /DRESULT, /DSIZE (kB)
;
; For the current user without asking for rights, or for everybody: /AllUsers, /CurrentUser. Silent
; with /S. https://nsis.sourceforge.io/Docs/MultiUser/Readme.html

; Without this the installer would be a 32-bit program, and need a Windows that runs those.
Target amd64-unicode
Name "DumpDesk"
OutFile "${RESULT}"
SetCompressor /SOLID lzma
ManifestDPIAware true
XPStyle on

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\DumpDesk"
!define PATHS_KEY "Software\Microsoft\Windows\CurrentVersion\App Paths\dumpdesk.exe"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_INSTDIR "DumpDesk"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallMode"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_USE_PROGRAMFILES64
!include MultiUser.nsh
!include MUI2.nsh
!include verbs.nsh

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\dumpdesk.exe"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "DumpDesk"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Installs DumpDesk"
VIAddVersionKey LegalCopyright "MIT licence"

; A folder named on the command line (/D=) is in INSTDIR before MultiUser chooses its own.
Var Chosen

Function .onInit
  SetRegView 64
  StrCpy $Chosen $INSTDIR
  !insertmacro MULTIUSER_INIT
  ${If} $Chosen != ""
    StrCpy $INSTDIR $Chosen
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

; What an earlier version had and this one has not must not stay behind.
!macro RemoveProgram
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licences"
  Delete "$INSTDIR\dumpdesk.exe"
  Delete "$INSTDIR\dumpengine.exe"
  Delete "$INSTDIR\dumpengine-helper.exe"
!macroend

Section "DumpDesk"
  !insertmacro RemoveProgram
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\DumpDesk.lnk" "$INSTDIR\dumpdesk.exe"
  WriteRegStr SHCTX "${PATHS_KEY}" "" "$INSTDIR\dumpdesk.exe"
  !insertmacro WriteVerbs "$INSTDIR\dumpdesk.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "DumpDesk"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\dumpdesk.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "DumpDesk maintainers"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallMode" "$MultiUser.InstallMode"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" \
    '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" \
    '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE}
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
SectionEnd

Section "Uninstall"
  !insertmacro RemoveProgram
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\DumpDesk.lnk"
  !insertmacro DeleteVerbs
  DeleteRegKey SHCTX "${PATHS_KEY}"
  DeleteRegKey SHCTX "${UNINSTALL_KEY}"
SectionEnd
