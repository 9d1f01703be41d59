# Draws bof.svg from bof.dat: gnuplot bof.gnuplot
data = 'bof.dat'
set terminal svg size 1040,460 font 'sans-serif,13' background 'white'
set output 'bof.svg'
set encoding utf8
set logscale x 2
set xtics (1, 2, 4, 8, 16)
set xrange [0.85:18.88]
set xlabel 'vCPUs of dom0'
set ylabel 'bytes a tick (1 = 1000 MB in 10^9 ticks)' noenhanced
set yrange [0:*]
set grid lt 1 lc rgb '#dddddd'
set border 3
set bmargin 7
set tics nomirror
set key below horizontal maxcols 2 reverse Left noenhanced
set multiplot layout 1,2
set title "disks without a rate"
plot \
  data index 0 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 7 lc rgb '#c44601' title 'single-lock, vCPU 0', \
  data index 1 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 5 lc rgb '#054fb9' title 'split-lock, vCPU 0', \
  data index 2 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 9 lc rgb '#8babf1' title 'split-lock, tuned', \
  data index 3 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 13 lc rgb '#3f3f3f' title 'stock, tuned'
set title "disks held to hard-disk speed"
plot \
  data index 4 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 7 lc rgb '#c44601' title 'single-lock, vCPU 0', \
  data index 5 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 5 lc rgb '#054fb9' title 'split-lock, vCPU 0', \
  data index 6 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 9 lc rgb '#8babf1' title 'split-lock, tuned', \
  data index 7 using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt 13 lc rgb '#3f3f3f' title 'stock, tuned', 3.6 with lines lc rgb '#808080' dt 2 title 'the disks'' rate'
unset multiplot
