// Package box gives disposable Debian machines with a real systemd.
//
// A root file system is built once per suite and cached outside the source
// tree. A box is an overlay on it, booted by systemd-nspawn in about half a
// second, with a network of its own that has nothing but loopback. It is
// stopped, unmounted and removed by [Box.Stop], when the context given to
// [Start] ends, or, if this process is killed, by the next one that starts a
// box.
//
// It needs root, systemd-nspawn, nsenter, the OpenSSH client and, to build a
// root, mmdebstrap. Any number of boxes may run side by side, in any number of
// processes.
package box
