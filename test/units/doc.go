// Package units runs sshd-doctor as the units of systemd/ run it, in boxes: the
// sandbox is where such tools break.
package units
