// Package laws holds what must be true on every real server, whatever is wrong
// with it: that no access setting becomes laxer when a line is set aside, that
// looking leaves no trace, that a cover is seen by one command only. It is tried
// in boxes of every suite, with a small program (inside) that has the product's
// own packages do the work there.
package laws
