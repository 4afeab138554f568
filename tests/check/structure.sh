#!/bin/bash
# The house's rules that grep can see. Prints every line that breaks one; exit status 1 when there is any.
cd "$(dirname "$0")/../.." || exit 1
bad=0

# rule NAME PATTERN FILE...: no line of the files may match the extended regular expression.
rule() {
    local name=$1 pattern=$2 found
    shift 2
    [ $# -eq 0 ] && return
    if found=$(grep -nHE "$pattern" "$@"); then
        printf '%s:\n%s\n' "$name" "$found" | sed '2,$s/^/    /'
        bad=1
    fi
}

shopt -s globstar nullglob
all=(app/**/*.[ch] ui/**/*.[ch] data/**/*.[ch] tests/**/*.[ch])
sources=(app/**/*.[ch] ui/**/*.[ch] data/**/*.[ch])

rule "the screen includes no Kafka header" \
    '#[[:space:]]*include[[:space:]]*[<"]([^">]*rdkafka|kafka/)' ui/**/*.[ch]
rule "the query includes neither a terminal nor Kafka" \
    '#[[:space:]]*include[[:space:]]*[<"]([^">]*(rdkafka|curses)|kafka/|ui/|term\.h)' app/query/**/*.[ch]
rule "the screen knows the engines by their views only" \
    '#[[:space:]]*include[[:space:]]*[<"](curl/|spark/)' ui/**/*.[ch]
rule "only one file asks the web" \
    '#[[:space:]]*include[[:space:]]*[<"]curl/' $(printf '%s\n' "${all[@]}" | grep -v '^app/spark/rest\.c$')
rule "nothing in app/ but main includes the screen" \
    '#[[:space:]]*include[[:space:]]*"ui/' $(ls app/**/*.[ch] | grep -vE '^app/(main|options[a-z_]*)\.[ch]$')
rule "unbounded or misleading functions are not used" \
    '(^|[^[:alnum:]_>.])(strcpy|stpcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|alloca|strtok|tmpnam|mktemp)[[:space:]]*\(' \
    "${all[@]}"
rule "every allocation goes through base/xalloc.h" \
    '(^|[^[:alnum:]_>.])(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|vasprintf)[[:space:]]*\(' \
    $(printf '%s\n' "${sources[@]}" | grep -v '^app/base/xalloc')
rule "no unfinished business" '(^|[^[:alnum:]_])(TODO|FIXME|XXX|HACK)([^[:alnum:]_]|$)' "${sources[@]}"
rule "no trailing blanks, no tabs" $'[ \t]+$|\t' "${all[@]}" tests/screen/cases/* tests/**/*.sh config/*
rule "headers use guards" '#[[:space:]]*pragma[[:space:]]+once' "${all[@]}"

for file in "${all[@]}"; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 600 ]; then
        echo "a file has at most 600 lines: $file has $lines"
        bad=1
    fi
done

# Guards must differ, or one header silently hides another.
if twice=$(grep -hE '^#ifndef [A-Z0-9_]+_H$' $(printf '%s\n' "${all[@]}" | grep '\.h$') | sort | uniq -d) && [ -n "$twice" ]; then
    echo "an include guard is used twice: $twice"
    bad=1
fi
# The map of the house names every source file.
for file in app/*.c app/*/*.c ui/*.c data/*.c; do
    grep -qF "${file##*/}\`" CONTRIBUTING.md || {
        echo "CONTRIBUTING.md has no line for $file"
        bad=1
    }
done
[ "$bad" = 0 ] && echo "structure: ${#all[@]} files, all rules kept"
exit "$bad"
