"""Write a configuration report as CSV from the lists of an account, restated from the catalog.

usage: configuration.py REPORT LISTS.json OUT.csv    (LISTS: {"users": [...], "skills": [...], ...})
"""
import csv
import json
import sys
from datetime import datetime

ROLES = {"1": "admin", "2": "agent", "3": "agent_manager", "4": "campaign_manager", "5": "lpa"}


def clean(value):
    return None if value in ("", "undefined", "null", "NA", None) else value


def truth(value):
    return None if value is None else str(value).lower()


def date(value):
    return None if clean(value) in (None, "year-month-date hrs:min:sec") else \
        datetime.strptime(value, "%Y-%m-%d %H:%M:%S").isoformat(timespec="milliseconds") + "Z"


def name_of(things, wanted):
    return next((clean(t["name"]) for t in things if str(t["id"]) == str(wanted)), None)


def alive(things):
    return [t for t in things if truth(t.get("deleted")) != "true"]


def way_up(groups, group):
    parents = {str(g["id"]): clean(g.get("parentGroupId")) for g in groups}
    way, up = [], group["id"]
    while up is not None and str(up) not in way:
        way.append(str(up))
        up = parents.get(str(up))
    return way[::-1]


def user_skills(all):
    for u in all["users"]:
        for skill in u.get("skillIds") or []:
            known = [s for s in all["skills"] if str(s["id"]) == str(skill)]
            yield {"_row_key": f"{u['id']}:{skill}", "account_id": "account-1", "user_id": u["id"], "login_name": clean(u.get("loginName")),
                   "full_name": clean(u.get("fullName")), "is_enabled": truth(u.get("isEnabled")), "skill_id": skill,
                   "skill_name": name_of(all["skills"], skill), "skill_deleted": truth(known[0].get("deleted")) if known else None,
                   "user_deleted": truth(u.get("deleted")), "_revision": u.get("_revision")}


def skill_routing(all):
    for s in all["skills"]:
        for r in s.get("skillRoutingConfiguration") or []:
            yield {"_row_key": f"{s['id']}:{r['agentGroupId']}:{r['priority']}", "account_id": "account-1", "skill_id": s["id"],
                   "skill_name": clean(s["name"]), "agent_group_id": r["agentGroupId"],
                   "agent_group_name": name_of(all["agent_groups"], r["agentGroupId"]), "priority": r["priority"],
                   "split_percentage": r["splitPercentage"], "_revision": s.get("_revision")}


def agent_groups(all):
    groups, users = all["agent_groups"], alive(all["users"])
    for g in groups:
        way = way_up(groups, g)
        managers = [u["id"] for u in users for m in u.get("managerOf") or [] if str(m["agentGroupId"]) == str(g["id"])]
        yield {"_row_key": g["id"], "account_id": "account-1", "group_id": g["id"], "is_deleted": truth(g.get("deleted")),
               "name": clean(g["name"]), "description": clean(g.get("description")), "parent_group_id": clean(g.get("parentGroupId")),
               "parent_group_name": name_of(groups, g.get("parentGroupId")), "path": "|".join(name_of(groups, g) or "" for g in way), "depth": len(way) - 1,
               "is_enabled": truth(g.get("isEnabled")),
               "members_count": sum(str((u.get("memberOf") or {}).get("agentGroupId")) == str(g["id"]) for u in users),
               "managers": "|".join(map(str, managers)), "updated_at": date(g.get("dateUpdated")), "_revision": g.get("_revision")}


def profiles(all):
    for p in all["profiles"]:
        yield {"_row_key": p["id"], "account_id": "account-1", "profile_id": p["id"], "is_deleted": truth(p.get("deleted")),
               "name": clean(p["name"]), "description": clean(p.get("description")), "role_type_code": p.get("roleTypeId"),
               "role_type": ROLES.get(str(p.get("roleTypeId"))), "assigned_users": p.get("numOfAssignedUsers"),
               "is_assigned_to_lpa": truth(p.get("isAssignedToLPA")), "permissions_count": len(p.get("permissions") or []),
               "updated_at": date(p.get("dateUpdated")), "_revision": p.get("_revision")}


def profile_permissions(all):
    for p in all["profiles"]:
        for package in p.get("permissionPackages") or []:
            yield {"_row_key": f"{p['id']}:{package['id']}", "account_id": "account-1", "profile_id": p["id"], "profile_name": clean(p["name"]),
                   "package_id": package["id"], "is_enabled": truth(package["isEnabled"]), "is_displayed": truth(package["isDisplayed"]),
                   "feature_keys": "|".join(package["featureKeys"]), "_revision": p.get("_revision")}


def lobs(all):
    def having(things, lob):
        return sum(str(lob) in map(str, t.get("lobIds") or []) for t in alive(things))
    for b in all["lobs"]:
        yield {"_row_key": b["id"], "account_id": "account-1", "lob_id": b["id"], "is_deleted": truth(b.get("deleted")), "name": clean(b["name"]),
               "description": clean(b.get("description")), "skills_count": having(all["skills"], b["id"]),
               "users_count": having(all["users"], b["id"]), "updated_at": date(b.get("dateUpdated")), "_revision": b.get("_revision")}


def status_reasons(all):
    for r in all["status_reasons"]:
        yield {"_row_key": r["id"], "account_id": "account-1", "reason_id": r["id"], "is_deleted": truth(r.get("deleted")),
               "is_enabled": truth(r.get("enabled")), "state": clean(r.get("state")), "text": clean(r.get("text")), "_revision": r.get("_revision")}


def main(report, source, target):
    with open(source, encoding="utf-8") as f:
        all = {name: sorted(things, key=lambda t: str(t["id"]).encode()) for name, things in json.load(f).items()}
    rows = list(globals()[report.removeprefix("cfg.")](all))
    with open(target, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, rows[0])
        out.writeheader()
        out.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
