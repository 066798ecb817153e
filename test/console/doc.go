// Package console plays what a person sees and types at a recovery console: a
// real terminal of 80 columns and 25 rows, a box with a real systemd, the real
// program, key by key. The scenes are text files that a reader can check; what
// holds for every screen is in the test.
package console
