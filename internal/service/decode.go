package service

import (
	"encoding/hex"
	"math"
	"path/filepath"
	"slices"
	"time"
)

// decodeUnit reads the properties that judging needs. What is absent or of
// another type stays empty: older systemd versions lack some of them.
func decodeUnit(name string, p map[string]any) Unit {
	u := Unit{
		Name: name, ID: str(p["Id"]),
		LoadState: str(p["LoadState"]), ActiveState: str(p["ActiveState"]), SubState: str(p["SubState"]),
		UnitFileState: str(p["UnitFileState"]), FragmentPath: str(p["FragmentPath"]),
		DropIns: strs(p["DropInPaths"]), NeedDaemonReload: p["NeedDaemonReload"] == true,
		TriggeredBy: strs(p["TriggeredBy"]), Result: str(p["Result"]),
		MainPID: num(p["MainPID"]), NRestarts: num(p["NRestarts"]), ExecStatus: num(p["ExecMainStatus"]),
		Env: strs(p["Environment"]), RuntimeDir: strs(p["RuntimeDirectory"]), KillMode: str(p["KillMode"]),
		Accept: p["Accept"] == true, BindIPv6Only: str(p["BindIPv6Only"]),
		BindToDevice: str(p["BindToDevice"]),
	}
	if e := tuple(p["LoadError"]); len(e) == 2 {
		u.LoadError = str(e[1])
	}
	if j := tuple(p["Job"]); len(j) == 2 {
		u.JobID = num(j[0])
		u.Job = u.JobID != 0
	}
	u.Conflicts, u.ConflictedBy = strs(p["Conflicts"]), strs(p["ConflictedBy"])
	u.Requires, u.BindsTo, u.Requisite = strs(p["Requires"]), strs(p["BindsTo"]), strs(p["Requisite"])
	u.startedBy = slices.Concat(strs(p["WantedBy"]), strs(p["RequiredBy"]), strs(p["UpheldBy"]), strs(p["BoundBy"]), strs(p["RequisiteOf"]))
	u.After, u.RefuseManualStart = strs(p["After"]), p["RefuseManualStart"] == true
	u.Type, u.RemainAfterExit = str(p["Type"]), p["RemainAfterExit"] == true
	u.Since, u.StartLimit = moment(p["InactiveExitTimestamp"]), span(p["TimeoutStartUSec"])
	if id, ok := p["InvocationID"].([]byte); ok && len(id) == 16 {
		u.InvocationID = hex.EncodeToString(id)
	}
	for _, line := range []string{"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload"} {
		u.Exec = append(u.Exec, decodeExec(line, p[line])...)
	}
	for _, line := range []string{"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"} {
		for _, e := range decodeExec(line, p[line]) {
			if pid := num(p["ControlPID"]); pid != 0 && e.PID == pid {
				u.Control = e
			}
		}
	}
	u.decodeConditions(p)
	for _, e := range tuples(p["EnvironmentFiles"]) {
		if len(e) == 2 {
			u.EnvFiles = append(u.EnvFiles, str(e[0]))
		}
	}
	for _, l := range tuples(p["Listen"]) {
		if len(l) == 2 && str(l[0]) == "Stream" {
			u.Listen = append(u.Listen, str(l[1]))
		}
	}
	return u
}

// decodeConditions reads a(sbbsi): name, trigger, negate, parameter, state, of
// which state < 0 is "did not hold".
func (u *Unit) decodeConditions(p map[string]any) {
	for _, c := range tuples(p["Conditions"]) {
		// Of several trigger conditions one is enough, so that one of them did
		// not hold means nothing when all in all they did.
		if len(c) != 5 {
			continue
		}
		cond := Condition{Name: str(c[0]), Negate: c[2] == true, Param: str(c[3]), trigger: c[1] == true}
		u.Conditions = append(u.Conditions, cond)
		if num(c[4]) < 0 && p["ConditionResult"] != true {
			u.ConditionFailed = append(u.ConditionFailed, cond)
		}
	}
	for _, c := range tuples(p["Asserts"]) {
		// As Conditions, only that a start that is not allowed fails.
		if len(c) == 5 && num(c[4]) < 0 && p["AssertResult"] != true {
			u.ConditionFailed = append(u.ConditionFailed, Condition{Name: str(c[0]), Negate: c[2] == true, Param: str(c[3])})
		}
	}
}

// decodeExec reads a(sasbttttuii): path, argv, ignore failure, four times, pid,
// code, status.
func decodeExec(line string, v any) []Exec {
	var out []Exec
	for _, e := range tuples(v) {
		if len(e) != 10 {
			continue
		}
		out = append(out, Exec{
			Line: line, Path: filepath.Clean(str(e[0])), Argv: strs(e[1]), Ignored: e[2] == true,
			Ran: num(e[7]) != 0, Code: num(e[8]), Status: num(e[9]),
			PID: num(e[7]), Began: moment(e[3]),
		})
	}
	return out
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func strs(v any) []string {
	s, _ := v.([]string)
	return s
}

func tuple(v any) []any {
	t, _ := v.([]any)
	return t
}

func tuples(v any) [][]any {
	t, _ := v.([][]any)
	return t
}

func num(v any) int {
	switch n := v.(type) {
	case int32:
		return int(n)
	case uint32:
		return int(n)
	case int64:
		return int(n)
	case uint64:
		return int(n)
	}
	return 0
}

// moment reads microseconds since 1970, of which 0 is no moment.
func moment(v any) time.Time {
	n, ok := v.(uint64)
	if !ok || n == 0 || n > math.MaxInt64 {
		return time.Time{}
	}
	return time.UnixMicro(int64(n))
}

// span reads microseconds; 0 for more than anybody waits, "infinity" among it.
func span(v any) time.Duration {
	const most = 365 * 24 * time.Hour
	n, ok := v.(uint64)
	if !ok || n > uint64(most/time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}
