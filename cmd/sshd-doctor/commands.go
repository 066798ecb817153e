package main

import "github.com/urfave/cli/v2"

// commands are all that the program can be told to do, in the order in which its
// help names them.
func (p *program) commands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "check", Usage: "look, change nothing",
			Flags: append(commonFlags(), unattendedFlags()...), Action: p.look(neverAsk),
		},
		{
			Name: "heal", Usage: "repair, and prove it by a real handshake",
			Flags: append(append(commonFlags(), healFlags()...), unattendedFlags()...), Action: p.heal,
		},
		{
			Name: "identity", Usage: "tell by which keys clients know this server",
			ArgsUsage: "[--is TEXT]", Flags: append(commonFlags(), identityFlags()...), Action: p.identity,
		},
		{
			Name: "clients", Usage: "tell which SSH clients can talk to this server",
			Flags: clientsFlags(), Action: p.clients,
		},
		{
			Name: "explain", Usage: "tell what a code, or what a client or log said, means",
			ArgsUsage: "[CODE | TEXT | -]", Flags: append(commonFlags(), explainFlags()...), Action: p.explain,
		},
		{
			Name: "rescue", Usage: "start a second, temporary sshd beside a broken one",
			Flags: rescueFlags(), Action: p.rescue,
		},
		{
			Name: "bundle", Usage: "write one file for a support ticket; change nothing",
			Flags: append(commonFlags(), bundleFlags()...), Action: p.bundle,
		},
		{Name: "version", Usage: "print the version", Flags: commonFlags(), Action: p.version},
	}
}
