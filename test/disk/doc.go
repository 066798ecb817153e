// Package disk tries "--root": disks of every suite that are broken, healed from
// outside and booted; roots laid out as other distributions do; and hostile ones,
// with a canary beside them that must stay as it is. What stands on each disk is
// told in the text files of testdata.
package disk
