package main

// What bounds each figure, in one sentence each. The figures beside them are
// measured anew each time; these sentences were true when they were written, and
// the table of parts is there to tell when they no longer are.
const (
	boundsKeyless = `What bounds the first key exchange: two looks at the box (sshd -T and systemd's answers), two quick keys with the
disk's word that they are kept, and the start of sshd, which tests its configuration first. RSA waits until somebody
can get in. What bounds the end: two large primes for the RSA key, which is luck (hence the spread, by hand too), and
one more look with every key proven.`
	boundsHealthy = `What bounds it: one run of sshd -T for the effective configuration, then the key exchanges that prove each key on each
address, of which the server does its half. By hand it is systemd's wait for the new sshd to be ready; during it
nobody can connect. What bounds the memory: Go's runtime and the pages of the binary that are touched; a child that it
starts is counted with what its parent had.`
	boundsGrowth = `What bounds it: the kernel is asked for listening sockets only, their owner is looked for among sshd's own processes
first, systemd is asked about named units. What grows is the journal: check reads sshd's newest hundred lines of it, and
heal, where the unit is down, the last forty of one start. They are found by index, but journalctl maps every file for
that, which is the time and the memory there. What else grows is the noise of a busier machine.`
	boundsSize = `What bounds it: Go's runtime and its tables of functions, the arithmetic of SSH and its keys, D-Bus, and the command
line, whose text templates keep methods that nobody calls.`
)

// method says how, so that a reader can object.
const method = `
* Whole processes in a disposable box with a real systemd, in turn (by hand, doctor, by hand, doctor ...), after the box
  has settled. Times are median (lowest to highest).
* "Without host keys": ssh.service stopped, /etc/ssh/ssh_host_* removed, the unit started until systemd gave up.
* "First key exchange possible": a prober outside the box, in its network only, connects every 2 ms from an address of its
  own in 127.66.0.0/16 until the server has proven an Ed25519 host key. It costs both contestants the same.
* "Finished" is the end of the process. By hand that proves nothing; sshd-doctor has by then seen every key proven. After
  every run the box is looked at: a run that left no active unit or no three keys fails the benchmark.
* Memory is the largest resident size of any single process that the command started and waited for (wait4(2)), not of
  systemd or sshd, which work on the commands' behalf. CPU is counted alike.
* 50,000 connections: five processes in the box hold their server side, their clients are outside the box. As both share the
  loopback of the box, its kernel lists 100,000 sockets.
* 2,000 processes: sleep(1).
* The journal: messages like those of sshd under password guessing, sent one by one through journald, half of them filed
  under ssh.service, until the files have 2 GiB.
`
