using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>Which model answers, how it got there, what else there is, and what is being trained.</summary>
internal static class ModelsPage
{
    public const string Path = "/models";

    private const int Jobs = 10, MostSnapshots = 50;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, Show).Requires(Scope.Admin);
        pages.MapPost($"{Path}/train", Train).Requires(Scope.Admin);
        pages.MapPost($"{Path}/promote", Promote).Requires(Scope.Admin);
        pages.MapPost($"{Path}/rollback", RollBack).Requires(Scope.Admin);
    }

    private static async Task<IResult> Show(
        HttpContext context, IStore store, SnapshotShelf shelf, LivingFolder folder, LivingOptions options)
    {
        var aborted = context.RequestAborted;
        var traffic = await shelf.TrafficAsync(aborted);
        var served = traffic.Served;
        var snapshots = shelf.All;
        var jobs = await store.Jobs.ListAsync(Jobs, aborted);
        var searches = TuningFolder.List(folder);
        string? doctor = await Renewal.Readiness.DoctorReport.ReadAsync(store, aborted);
        return new Page(Path, "Models", page =>
        {
            page.Html.Element("p", served.Snapshot is null ? "No snapshot is served: popular and newest items answer."
                : $"{served.Snapshot} is served." + (served.IsHeld ? " No model is promoted by itself until you promote one." : ""),
                ("class", "advice"));
            using (page.Html.In("div", ("class", "actions")))
            {
                page.Form($"{Path}/train", () => page.Button("Train a model now"));
                if (served.Previous.Count > 0) WriteRollBack(page, served);
            }
            page.Section("jobs", "Trainings", () => WriteJobs(page, jobs), "/v1/jobs", isLive: true);
            page.Section("snapshots", "Snapshots", () => WriteSnapshots(page, snapshots, traffic), "/v1/snapshots",
                "The newest first. A snapshot is judged by the gate before it may answer; open one to see each check.");
            page.Section("doctor", "What the events are enough for", () => DoctorTable.Write(
                    page, doctor, folder.Path, jobs.Any(job => job is { Kind: RenewalJob.Kind, State: JobState.Running })),
                doctor is null ? null : "/v1/doctor",
                "Gain over what was always popular, in points of NDCG@10, expected with all events, with a 95 % interval. The gate "
                + "compares with the better of that and what was popular lately.");
            page.Section("tuning", "Tuning", () => TuningSection.Write(page, searches, options.Trainers, folder.Path),
                "/v1/tuning",
                "Searches for better options of a model, on the validation part of the events; what a search gains is the difference to "
                + "the options that it was given, by default the model's own.", isLive: true);
        });
    }

    private static async Task<IResult> Train(HttpContext context, BrowserSessions sessions, RenewalService renewal, AuditTrail audit)
    {
        await sessions.ReadFormAsync(context);
        var job = await renewal.StartAsync("By request.") ?? throw new InputException("A model is being trained already.");
        await audit.WriteAsync(context, "renew", job.Id);
        return Dashboard.SeeOther($"{Path}#jobs");
    }

    private static async Task<IResult> Promote(HttpContext context, BrowserSessions sessions, SnapshotShelf shelf, StoreChanges changes)
    {
        var form = await sessions.ReadFormAsync(context);
        await shelf.PromoteAsync(form["id"].ToString(), Dashboard.ActorOf(context), Dashboard.ReasonIn(form), form["anyway"] == "yes");
        await changes.CatchUpAsync();
        return Dashboard.SeeOther($"{Path}#snapshots");
    }

    private static async Task<IResult> RollBack(HttpContext context, BrowserSessions sessions, SnapshotShelf shelf, StoreChanges changes)
    {
        var form = await sessions.ReadFormAsync(context);
        await shelf.RollBackAsync(Dashboard.ActorOf(context), Dashboard.ReasonIn(form));
        await changes.CatchUpAsync();
        return Dashboard.SeeOther($"{Path}#snapshots");
    }

    private static void WriteRollBack(PageWriter page, ServedSnapshot served) => page.Confirmed("Roll back …", () =>
        page.Form($"{Path}/rollback", () =>
        {
            page.Html.Element("p", $"{served.Previous[0]} answers again, and no model is promoted by itself until you promote one.");
            page.Reason("rollback", "snapshot");
            page.Button($"Roll back to {served.Previous[0]}", "danger");
        }));

    private static void WriteJobs(PageWriter page, IReadOnlyList<Job> jobs)
    {
        var html = page.Html;
        page.Table("The latest trainings", jobs, "None yet.", ["started", "state", "why", "what it came to"], job =>
        {
            var detail = RenewalJob.DetailOf(job);
            page.RowTitle(() => page.Ago(job.CreatedAt));
            html.Element("td", job.State.ToString().ToLowerInvariant(), ("class", job.State switch
            {
                JobState.Succeeded => "better",
                JobState.Failed => "worse",
                _ => null,
            }));
            html.Element("td", detail.Trigger);
            using (html.In("td"))
            {
                html.Text(job.State == JobState.Running ? detail.Step ?? "Starting"
                    : detail.Snapshot is null ? detail.Reason ?? "–" : $"{detail.Snapshot}: {FirstSentence(detail.Reason)}");
                if (job.State == JobState.Running && detail.Share is { } share)
                    html.Element("progress", "", ("max", "1"), ("value", Format.Coordinate(share)), ("aria-label", "Share done"));
            }
        });
    }

    /// <summary>The rest is beside the snapshot.</summary>
    private static string FirstSentence(string? reason) => reason is null ? "–"
        : reason.IndexOf(". ", StringComparison.Ordinal) is > 0 and int end ? reason[..(end + 1)] : reason;

    private static void WriteSnapshots(PageWriter page, IReadOnlyList<ShelvedSnapshot> snapshots, Traffic traffic)
    {
        var html = page.Html;
        if (snapshots.Count == 0)
        {
            html.Element("p", "None yet: the first is trained after 100 events, or now if you say so.");
            return;
        }
        using (html.In("ol", ("class", "timeline")))
            foreach (var snapshot in snapshots.Take(MostSnapshots))
                using (html.In("li"))
                {
                    html.Element("strong", snapshot.Id, ("class", "id"));
                    if (snapshot.Id == traffic.Served.Snapshot) html.Element("span", " serving", ("class", "marker"));
                    if (snapshot.Id == traffic.Canary?.Canary!.Snapshot) html.Element("span", " canary", ("class", "marker"));
                    if (snapshot.Promotion is { } judged)
                        using (html.In("span", ("class", "note"))) page.Ago(judged.JudgedAt);
                    if (snapshot.Promotion is { } promotion) GateList.Write(page, promotion);
                    else html.Element("p", "No gate judged it.", ("class", "note"));
                    if (snapshot.Promotion is { } trained) TrainingHistory.Write(page, trained);
                    if (snapshot.Id != traffic.Served.Snapshot) WritePromote(page, snapshot);
                }
    }

    private static void WritePromote(PageWriter page, ShelvedSnapshot snapshot) => page.Confirmed("Promote …", () =>
        page.Form($"{Path}/promote", () =>
        {
            page.Html.Element("p", $"{snapshot.Id} answers from now on.");
            page.Hidden("id", snapshot.Id);
            if (snapshot.Promotion?.Verdict == Outcome.Failed)
                using (page.Html.In("label"))
                {
                    page.Html.Empty("input", ("type", "checkbox"), ("name", "anyway"), ("value", "yes"), ("required", "required"));
                    page.Html.Text(" although it failed the gate");
                }
            page.Reason(snapshot.Id, "snapshot");
            page.Button($"Promote {snapshot.Id}", "danger");
        }));
}
