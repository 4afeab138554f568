#!/bin/bash
# What more threads bring the query: `rows.sh ROWS_PROGRAM CALLS [THREADS...]`, five rounds with 1, 2 and 4 threads in
# turn, so that what else runs on the machine meets all of them. Prints medians, and ratios of runs of one round. What
# one thread does alone (watermark, nulls, window, aggregate; ids of new texts are part of parse) bounds the gain: the
# last column is one thread's time over that share and an equal part of the rest.
set -eu
program=$1 calls=$2
shift 2
[ $# -gt 0 ] || set -- 1 2 4
threads=("$@")
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
echo "5 rounds, $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg), $(date -u +%F)"
for round in 1 2 3 4 5; do
    for n in "${threads[@]}"; do
        "$program" "$calls" --block 4096 --parallelism "$n" | tr '\n' ' ' | sed "s/^/$round $n /" >>"$log"
        echo >>"$log"
    done
done
# 1 1 parallelism 1, blocks of 4096: 3504364 rows/s, 285 ns a row, 275 ns of processor time     parse 143 distinct 109 ...
awk '
function median(list, n,    i, j, v) {
    for (i = 2; i <= n; i++) {
        v = list[i]
        for (j = i - 1; j > 0 && list[j] > v; j--) list[j + 1] = list[j]
        list[j + 1] = v
    }
    return list[int((n + 1) / 2)]
}
{
    if (!($2 in seen)) order[++kinds] = $2
    seen[$2]++
    rate[$2, $1] = $8
    cpu[$2, $1] = $14
    if ($2 == 1)
        for (i = 19; i < NF; i += 2)
            if ($i == "parse" || $i == "distinct") shared[$1] += $(i + 1); else alone[$1] += $(i + 1)
}
END {
    n1 = seen[order[1]]
    for (r = 1; r <= n1; r++) { a[r] = alone[r]; s[r] = shared[r] }
    one = median(a, n1)
    rest = median(s, n1)
    if (one + rest == 0) exit 1
    print "threads     rows/s   of one thread   ns of processor time a row   most by the serial share"
    for (k = 1; k <= kinds; k++) {
        n = order[k]
        for (r = 1; r <= seen[n]; r++) { x[r] = rate[n, r]; y[r] = rate[n, r] / rate[order[1], r]; z[r] = cpu[n, r] }
        printf "%7d  %9.0f  %14.2f  %27.0f  %25.2f\n", n, median(x, seen[n]), median(y, seen[n]), median(z, seen[n]),
            (one + rest) / (one + rest / n)
    }
    printf "one thread: %.0f ns a row that can be shared out, %.0f that cannot\n", rest, one
    printf "by that share at most"
    for (n = 8; n <= 32; n *= 2) printf " %.1f with %d threads%s", (one + rest) / (one + rest / n), n, n < 32 ? "," : "\n"
}' "$log"
