package main

import (
	"fmt"
	"time"
)

// changelog is that of the package, in the form that the packager reads: what
// changed in the program stands in CHANGELOG.md, which lies beside it.
func changelog(version string, date time.Time) string {
	return fmt.Sprintf("- semver: \"%s-1\"\n  date: %s\n  packager: %s\n  deb:\n    urgency: medium\n    distributions: [stable]\n  changes:\n    - note: See CHANGELOG.md\n",
		version, date.Format(time.RFC3339), maintainer)
}

const maintainer = "sshd-doctor maintainers <sshd-doctor@users.noreply.github.com>"
