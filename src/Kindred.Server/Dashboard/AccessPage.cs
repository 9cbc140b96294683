using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Server.Dashboard;

/// <summary>Who may use the server, who is forgotten, and who changed what.</summary>
internal static class AccessPage
{
    public const string Path = "/access";

    private const int Entries = 50;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, (HttpContext context, IStore store, long? before) => Show(context, store, before)).Requires(Scope.Admin);
        pages.MapPost($"{Path}/add-key", AddKey).Requires(Scope.Admin);
        pages.MapPost($"{Path}/remove-key", RemoveKey).Requires(Scope.Admin);
        pages.MapPost($"{Path}/forget", Forget).Requires(Scope.Admin);
    }

    /// <param name="mistyped">A user whom someone wanted to forget, and did not; null: nobody.</param>
    private static async Task<IResult> Show(
        HttpContext context, IStore store, long? before = null, Action<PageWriter>? news = null, string? mistyped = null)
    {
        bool isOpen = context.RequestServices.GetRequiredService<LivingOptions>().AllowAnonymous;
        var aborted = context.RequestAborted;
        var keys = await store.Keys.ListAsync(aborted);
        var audit = await store.Audit.ListAsync(Entries, before, aborted);
        return new Page(Path, "Keys and privacy", page =>
        {
            news?.Invoke(page);
            page.Section("keys", "Keys", () => WriteKeys(page, keys, isOpen), "/v1/keys",
                "Programs and people give a key; only its hash is stored. The last use is noted once a minute.");
            page.Section("forget", "Forget a user", () => WriteForget(page, mistyped),
                hint: "Removes their events, exposures and attributes, and masks them in snapshots from the next answer on; the next "
                    + "training learns without them. Backups keep them until you delete those.");
            page.Section("audit", "Who changed what", () => WriteAudit(page, audit), $"/v1/audit?count={Entries}",
                "The newest first. Of what was forgotten there is a hash. Events, users and items that programs write are not in it.");
        })
        {
            Status = mistyped is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
        };
    }

    private static async Task<IResult> AddKey(
        HttpContext context, BrowserSessions sessions, IStore store, AccessKeys keys, AuditTrail audit, TimeProvider clock)
    {
        var form = await sessions.ReadFormAsync(context);
        Scope[] scopes = [.. form["scope"].OfType<string>().Select(AccessKeys.ParseScope)];
        bool isFirst = !keys.Any;
        var (stored, key) = await keys.AddAsync(form["name"], scopes, clock.GetUtcNow());
        await audit.WriteAsync(context, "add-key", stored.Id);
        if (isFirst) sessions.TryOpen(context, key); // from now on a key is needed, also for this page
        return await Show(context, store, news: page =>
        {
            page.Html.Element("p", $"The key '{stored.Name}' was added. It is shown this once: copy it now.", ("class", "alarm"),
                ("role", "status"));
            page.Commands("The new key", key);
        });
    }

    private static async Task<IResult> RemoveKey(HttpContext context, BrowserSessions sessions, AccessKeys keys, AuditTrail audit)
    {
        string id = (await sessions.ReadFormAsync(context))["id"].ToString();
        if (!await keys.RemoveAsync(id)) throw new InputException($"There is no key '{PlainText.Shorten(id)}'.");
        await audit.WriteAsync(context, "remove-key", id);
        return Dashboard.SeeOther(Path);
    }

    private static async Task<IResult> Forget(
        HttpContext context, BrowserSessions sessions, IStore store, Forgetting forgetting, AuditTrail audit)
    {
        var form = await sessions.ReadFormAsync(context);
        string id = form["id"].ToString();
        if (id.Length == 0 || id != form["again"])
            return await Show(
                context, store, mistyped: id, news: page => page.Html.Element(
                    "p", "The two ids differ; write the same one twice. Nothing was forgotten.", ("class", "alarm"), ("role", "alert")));
        var receipt = await forgetting.ForgetAsync(SubjectKind.User, id);
        await audit.WriteAsync(context, "forget-user", receipt.Hash);
        return await Show(context, store, news: page => WriteReceipt(page, receipt));
    }

    private static void WriteReceipt(PageWriter page, ForgetReceipt receipt) => page.Section("receipt", "Receipt", () =>
    {
        page.Html.Element("p", $"Forgotten at {Format.Moment(receipt.ForgottenAt)}. The id is known by its hash alone: {receipt.Hash}",
            ("role", "status"));
        if (receipt.Places.All(place => place.Before == 0))
            page.Html.Element("p", "Nothing was stored of this id: is it spelt as your programs write it?", ("class", "alarm"));
        page.Table("Places", receipt.Places, "None.", ["place", " rows before", " rows now"], place =>
        {
            page.RowTitle(place.Name);
            page.Html.Number(Format.Count(place.Before));
            page.Html.Number(Format.Count(place.After));
        });
    });

    private static void WriteKeys(PageWriter page, IReadOnlyList<AccessKey> keys, bool isOpen)
    {
        var html = page.Html;
        if (keys.Count == 0) html.Element("p", isOpen ? "There are none: everyone who reaches the server may do everything."
            : "There are none: programs of this machine may do everything, others nothing.", ("class", isOpen ? "alarm" : null));
        else
            page.Table("All keys", keys, "", ["name", "id", "scopes", "added", "last use", "change"], key =>
            {
                page.RowTitle(key.Name);
                html.Element("td", key.Id);
                html.Element("td", string.Join(", ", key.Scopes));
                html.Element("td", Format.Date(key.CreatedAt));
                page.AgoCell(key.LastUsedAt, "never");
                using (html.In("td")) WriteRemove(page, key);
            });
        WriteAdd(page, keys.Count == 0);
    }

    private static void WriteRemove(PageWriter page, AccessKey key) => page.Confirmed("Remove …", () =>
        page.Form($"{Path}/remove-key", () =>
        {
            page.Hidden("id", key.Id);
            page.Html.Element("p", "Whoever uses it is refused at once.");
            page.Button($"Remove {key.Name}", "danger");
        }));

    private static void WriteAdd(PageWriter page, bool isFirst) => page.Confirmed("Add a key …", () =>
        page.Form($"{Path}/add-key", () =>
        {
            page.Field("Name", "name", hint: "What it is for, such as homepage", isRequired: true);
            using (page.Html.In("fieldset"))
            {
                page.Html.Element("legend", "It may");
                foreach (var (scope, meaning) in ((string, string)[])
                    [("read", "recommendations, users, items"), ("write", "events, users, items"),
                        ("admin", "everything: also keys, settings, models, audit, export, forgetting")])
                    using (page.Html.In("div"))
                    using (page.Html.In("label"))
                    {
                        page.Html.Empty("input", ("type", "checkbox"), ("name", "scope"), ("value", scope),
                            ("checked", isFirst ? "checked" : null));
                        page.Html.Text($" {scope}: {meaning}");
                    }
            }
            if (isFirst) page.Html.Element("p", "The first key: from then on every request needs one. You are logged in with it.",
                ("class", "note"));
            page.Button("Add the key");
        }));

    private static void WriteForget(PageWriter page, string? mistyped) => page.Confirmed(
        "Forget a user …", () => page.Form($"{Path}/forget", () =>
    {
        page.Field("User", "id", mistyped, isRequired: true);
        page.Field("The same id again", "again", hint: "It cannot be undone", isRequired: true);
        page.Button("Forget for good", "danger");
    }), isOpen: mistyped is not null);

    private static void WriteAudit(PageWriter page, IReadOnlyList<AuditEntry> entries)
    {
        page.Table("Changes", entries, "Nothing.", ["when", "who", "what", "of what"], entry =>
        {
            page.RowTitle(() => page.Ago(entry.Time));
            page.Html.Element("td", entry.Actor);
            page.Html.Element("td", entry.Action);
            page.Html.Element("td", $"{entry.Subject} {TextOf(entry.Detail)}".Trim());
        });
        if (entries.Count == Entries)
            page.Html.Element("a", "Older entries", ("href", $"{Path}?before={entries[^1].Number}#audit"));
    }

    /// <returns>"reason: it sells, version: 7".</returns>
    private static string TextOf(string? detail)
    {
        try
        {
            return JsonNode.Parse(detail ?? "{}") is not JsonObject all ? detail!
                : string.Join(", ", all.Select(one => $"{one.Key}: {one.Value}"));
        }
        catch (JsonException)
        {
            return detail!;
        }
    }
}
