// Package watch says what a run without anybody in front of it leaves for those
// who watch: entries for the journal, and numbers for Prometheus. A run that finds
// nothing leaves nothing that anybody has to read.
package watch

// The message ids of the journal entries. They are for ever: catalogues, alerts
// and "journalctl MESSAGE_ID=..." are written against them. What each means
// stands in packaging/sshd-doctor.catalog.
const (
	// IDHealthy: everything is as it should be, after a repair.
	IDHealthy = "5b36a21c35904f2e8f6ff7ffdac77353"
	// IDRepaired: a fault was repaired.
	IDRepaired = "460413c78f7b4391ac8aca71c541b162"
	// IDRepairFailed: a repair failed, or was taken back.
	IDRepairFailed = "df136564daad4162b06073422ad86bf7"
	// IDProblem: a problem remains that a person has to see to.
	IDProblem = "e5696900bf2048d5b419d02dfedd8464"
	// IDUnknown: it could not be told whether anybody can get in.
	IDUnknown = "4b7549efb4dd4c9dae86268cb78f329e"
	// IDNewHostKey: a host key was made; clients have to be told.
	IDNewHostKey = "19d96e87695c4667b5e4ea6d34b4ea32"
	// IDFlapping: it was repaired as often as it may be; something breaks it.
	IDFlapping = "a9c7a87e39ca438c94030697f2e069e6"
	// IDDecided: sshd is switched off, and left so.
	IDDecided = "701c47d641c344d492ade4f100a73b4d"
	// IDNoRun: the doctor itself could not do its work.
	IDNoRun = "bd271b1e9afe479f858745fbec4f72fa"
)

// IDs lists all message ids.
func IDs() []string {
	return []string{IDHealthy, IDRepaired, IDRepairFailed, IDProblem, IDUnknown, IDNewHostKey, IDFlapping, IDDecided, IDNoRun}
}
