// Package nosystemd tries the program where systemd is not in charge or does not
// answer: in namespaces whose first process is a shell, in a container whose
// first process is sshd, in a chroot beside a system that runs, with D-Bus dead,
// and with a process 1 that is stopped. What the screen tells a person to type
// is typed, and the real client then tries to get in.
package nosystemd
