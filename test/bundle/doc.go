// Package bundle plants secrets all over real boxes and searches the bundles
// that are made there: for each of them, as it was written and in the forms in
// which it could hide. It also makes bundles where something hangs, where the
// disk is full, and where not everything may be read.
package bundle
