package main

// appHelp fits a console of 80x25.
func appHelp() string {
	return `{{.Name}}: {{.Usage}}

USAGE:
   {{.UsageText}}
   sshd-doctor version            print the version

OPTIONS:
   {{range .VisibleFlags}}{{.}}
   {{end}}
` + exitHelp
}

func commandHelp() string {
	return `sshd-doctor {{.Name}}: {{.Usage}}

OPTIONS:
   {{range .VisibleFlags}}{{.}}
   {{end}}
` + exitHelp
}
