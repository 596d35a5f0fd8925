; What Explorer's menu offers, and removing it. SHCTX is the current user's part of the registry, or
; everybody's when installed for everybody. The keys add to what files have; they replace nothing.
; https://learn.microsoft.com/windows/win32/shell/context-menu-handlers

!define CLASSES "Software\Classes"
!define ASSOCIATIONS "${CLASSES}\SystemFileAssociations"

!macro WriteVerb KEY TITLE PROGRAM COMMAND
  WriteRegStr SHCTX "${KEY}\shell\DumpDesk" "MUIVerb" "${TITLE}"
  WriteRegStr SHCTX "${KEY}\shell\DumpDesk" "Icon" "${PROGRAM}"
  WriteRegStr SHCTX "${KEY}\shell\DumpDesk\command" "" '${COMMAND}'
!macroend

!macro WriteVerbs PROGRAM
  !insertmacro WriteVerb "${ASSOCIATIONS}\.exe" "Dump this process" "${PROGRAM}" \
    '"${PROGRAM}" --exe "%1"'
  !insertmacro WriteVerb "${CLASSES}\lnkfile" "Dump this process" "${PROGRAM}" \
    '"${PROGRAM}" --exe "%1"'
  !insertmacro WriteVerb "${ASSOCIATIONS}\.dmp" "Open in DumpDesk" "${PROGRAM}" '"${PROGRAM}" "%1"'
  !insertmacro WriteVerb "${ASSOCIATIONS}\.mdmp" "Open in DumpDesk" "${PROGRAM}" '"${PROGRAM}" "%1"'
!macroend

; The keys above ours go too when nobody else uses them.
!macro DeleteVerb KEY
  DeleteRegKey SHCTX "${KEY}\shell\DumpDesk"
  DeleteRegKey /ifempty SHCTX "${KEY}\shell"
  DeleteRegKey /ifempty SHCTX "${KEY}"
!macroend

!macro DeleteVerbs
  !insertmacro DeleteVerb "${ASSOCIATIONS}\.exe"
  !insertmacro DeleteVerb "${CLASSES}\lnkfile"
  !insertmacro DeleteVerb "${ASSOCIATIONS}\.dmp"
  !insertmacro DeleteVerb "${ASSOCIATIONS}\.mdmp"
!macroend
