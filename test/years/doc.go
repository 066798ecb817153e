// Package years lets boxes live through days of unattended runs, while something
// breaks sshd at random under a seed, and compares each interval with a model of
// what must happen (model.go). Intervals follow one another at once: the program
// is built with the tag "years", by which it is told what time it is, and its
// clock can be made to go wrong. Nothing else in it is different.
package years
