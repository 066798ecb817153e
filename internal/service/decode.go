package service

import (
	"encoding/hex"
	"path/filepath"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// decodeUnit reads the properties that judging needs.
func decodeUnit(name string, p host.Properties) Unit {
	u := Unit{
		Name: name, ID: p.String("Id"),
		LoadState: p.String("LoadState"), ActiveState: p.String("ActiveState"), SubState: p.String("SubState"),
		UnitFileState: p.String("UnitFileState"), FragmentPath: p.String("FragmentPath"),
		DropIns: p.Strings("DropInPaths"), NeedDaemonReload: p.Bool("NeedDaemonReload"),
		TriggeredBy: p.Strings("TriggeredBy"), Result: p.String("Result"),
		MainPID: p.Int("MainPID"), NRestarts: p.Int("NRestarts"), ExecStatus: p.Int("ExecMainStatus"),
		Env: p.Strings("Environment"), RuntimeDir: p.Strings("RuntimeDirectory"), KillMode: p.String("KillMode"),
		Accept: p.Bool("Accept"), BindIPv6Only: p.String("BindIPv6Only"),
		BindToDevice: p.String("BindToDevice"),
	}
	u.LoadError = p.Tuple("LoadError").String(1)
	u.JobID = p.Tuple("Job").Int(0)
	u.Job = u.JobID != 0
	u.Conflicts, u.ConflictedBy = p.Strings("Conflicts"), p.Strings("ConflictedBy")
	u.Requires, u.BindsTo, u.Requisite = p.Strings("Requires"), p.Strings("BindsTo"), p.Strings("Requisite")
	u.startedBy = slices.Concat(p.Strings("WantedBy"), p.Strings("RequiredBy"), p.Strings("UpheldBy"), p.Strings("BoundBy"), p.Strings("RequisiteOf"))
	u.After, u.RefuseManualStart = p.Strings("After"), p.Bool("RefuseManualStart")
	u.Type, u.RemainAfterExit = p.String("Type"), p.Bool("RemainAfterExit")
	u.Since, u.StartLimit = p.Moment("InactiveExitTimestamp"), p.Span("TimeoutStartUSec")
	if id, ok := p["InvocationID"].([]byte); ok && len(id) == 16 {
		u.InvocationID = hex.EncodeToString(id)
	}
	for _, line := range []string{"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload"} {
		u.Exec = append(u.Exec, decodeExec(p, line)...)
	}
	for _, line := range []string{"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"} {
		for _, e := range decodeExec(p, line) {
			if pid := p.Int("ControlPID"); pid != 0 && e.PID == pid {
				u.Control = e
			}
		}
	}
	u.decodeConditions(p)
	for _, e := range p.Tuples("EnvironmentFiles", 2) {
		u.EnvFiles = append(u.EnvFiles, e.String(0))
	}
	for _, l := range p.Tuples("Listen", 2) {
		if l.String(0) == "Stream" {
			u.Listen = append(u.Listen, l.String(1))
		}
	}
	return u
}

// decodeConditions reads a(sbbsi): name, trigger, negate, parameter, state, of
// which state < 0 is "did not hold".
func (u *Unit) decodeConditions(p host.Properties) {
	for _, c := range p.Tuples("Conditions", 5) {
		// Of several trigger conditions one is enough, so that one of them did
		// not hold means nothing when all in all they did.
		cond := Condition{Name: c.String(0), Negate: c.Bool(2), Param: c.String(3), trigger: c.Bool(1)}
		u.Conditions = append(u.Conditions, cond)
		if c.Int(4) < 0 && !p.Bool("ConditionResult") {
			u.ConditionFailed = append(u.ConditionFailed, cond)
		}
	}
	for _, c := range p.Tuples("Asserts", 5) {
		// As Conditions, only that a start that is not allowed fails.
		if c.Int(4) < 0 && !p.Bool("AssertResult") {
			u.ConditionFailed = append(u.ConditionFailed, Condition{Name: c.String(0), Negate: c.Bool(2), Param: c.String(3)})
		}
	}
}

// decodeExec reads a(sasbttttuii): path, argv, ignore failure, four times, pid,
// code, status.
func decodeExec(p host.Properties, line string) []Exec {
	var out []Exec
	for _, e := range p.Tuples(line, 10) {
		out = append(out, Exec{
			Line: line, Path: filepath.Clean(e.String(0)), Argv: e.Strings(1), Ignored: e.Bool(2),
			Ran: e.Int(7) != 0, Code: e.Int(8), Status: e.Int(9),
			PID: e.Int(7), Began: e.Moment(3),
		})
	}
	return out
}
