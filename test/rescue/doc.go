// Package rescue tries "sshd-doctor rescue" in boxes of every suite, with the
// real client: who gets in through the temporary sshd, who does not, and that
// nothing of it is left when its time is over.
package rescue
