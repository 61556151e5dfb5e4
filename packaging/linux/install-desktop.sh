#!/bin/sh
# Adds Gradwalk to the menu and to "Open with" of this user, and makes it the program for .gradwalk files. Python files keep the program
# that opens them. Writes only below the user's data folder; --remove takes all of it out again.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
data=${XDG_DATA_HOME:-$HOME/.local/share}

refresh() {
    if command -v update-mime-database >/dev/null 2>&1 && [ -d "$data/mime/packages" ]; then update-mime-database "$data/mime"; fi
    if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q "$data/applications" || true; fi
    if command -v gtk-update-icon-cache >/dev/null 2>&1; then gtk-update-icon-cache -q -t "$data/icons/hicolor" 2>/dev/null || true; fi
}

case ${1:-} in
--remove)
    rm -f "$data/applications/gradwalk.desktop" "$data/mime/packages/gradwalk.xml" "$data/icons/hicolor/scalable/apps/gradwalk.svg"
    rm -f "$data"/icons/hicolor/*/apps/gradwalk.png
    refresh
    echo "Gradwalk is no longer in the menu; its folder is still $here"
    exit 0
    ;;
'') ;;
*)
    echo "usage: $0 [--remove]" >&2
    exit 2
    ;;
esac

mkdir -p "$data/applications" "$data/mime/packages" "$data/icons/hicolor/scalable/apps"
# In a desktop file the quotes allow blanks in the path; the characters that are special between them are preceded by a backslash,
# which itself is written twice; a percent sign is doubled.
quoted=$(printf '%s' "$here/gradwalk" | sed -e 's/\\/\\\\\\\\/g' -e 's/"/\\\\"/g' -e 's/`/\\\\`/g' -e 's/\$/\\\\$/g' -e 's/%/%%/g')
while IFS= read -r line; do
    case $line in
    Exec=*) printf 'Exec="%s" %%f\n' "$quoted" ;;
    TryExec=*) printf 'TryExec=%s\n' "$here/gradwalk" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$here/desktop/gradwalk.desktop" >"$data/applications/gradwalk.desktop"
cp "$here/desktop/gradwalk.xml" "$data/mime/packages/gradwalk.xml"
cp "$here/desktop/icons/gradwalk.svg" "$data/icons/hicolor/scalable/apps/gradwalk.svg"
for size in 16 24 32 48 64 128 256 512; do
    mkdir -p "$data/icons/hicolor/${size}x$size/apps"
    cp "$here/desktop/icons/gradwalk-$size.png" "$data/icons/hicolor/${size}x$size/apps/gradwalk.png"
done
if command -v xdg-mime >/dev/null 2>&1; then xdg-mime default gradwalk.desktop application/x-gradwalk || true; fi
refresh
echo "Gradwalk is in the menu and in \"Open with\" of Python files; $0 --remove takes it out again"
