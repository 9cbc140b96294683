using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Reports;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>
/// An experiment: whether its arms get their users comes first, then what it shows and what to do; it is started and ended.
/// </summary>
internal static class ExperimentPage
{
    public const string Path = "/experiment";

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, Show).Requires(Scope.Admin);
        pages.MapPost($"{Path}/start", Start).Requires(Scope.Admin);
        pages.MapPost($"{Path}/stop", Stop).Requires(Scope.Admin);
        pages.MapPost($"{Path}/ship", Ship).Requires(Scope.Admin);
    }

    private static async Task<IResult> Show(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, PendingReports reports,
        TriggeredUsers users, InterleavedExperiments interleaved, string name = "")
    {
        var aborted = context.RequestAborted;
        if (await registry.FindAsync(name, aborted) is not { } experiment)
            return DashboardPage.Refusal(
                context, StatusCodes.Status404NotFound, ExperimentRegistry.Unknown(name, await registry.ListAsync(aborted)));
        OnlineExperimentReport? report = null;
        InterleavingReport? votes = null;
        TriggeredShare? triggered = null;
        if (experiment.StartedAt is not null)
        {
            triggered = await users.OfAsync(experiment, aborted);
            if (experiment.Setup.Interleaved) votes = await interleaved.ReportAsync(experiment, aborted);
            else report = await reports.OfAsync(experiment, Wait);
        }
        string summary = experiment.StartedAt is null ? "It was not started."
            : ShippedArm(experiment) is { } shipped ? $"{shipped} was shipped: everyone gets it."
            : report?.Summary ?? votes?.Summary ?? "It is being read, which takes longer than a page should; load the page again.";
        return new Page(ExperimentsPage.Path, name, page =>
        {
            page.Html.Element("p", summary, ("class", "advice"));
            using (page.Html.In("div", ("id", "report")))
            {
                if (report is not null) SampleRatioBanner.Write(page.Html, report);
                if (service.ConditionProblem(name) is { } problem)
                    page.Html.Element("p", $"Nobody takes part: {problem}", ("class", "alarm"), ("role", "alert"));
                WriteFacts(page, experiment, report, triggered);
                WriteLinks(page, experiment);
                WriteActions(page, experiment);
                if (report is not null)
                {
                    OnlineExperimentPage.WriteNotes(page.Html, report);
                    OnlineExperimentPage.WriteSections(page.Html, report);
                }
            }
            if (votes is not null) WriteVotes(page, votes);
            WriteSetup(page, experiment);
        });
    }

    private static async Task<IResult> Start(
        HttpContext context, BrowserSessions sessions, ExperimentRegistry registry, LiveState live, StoreChanges changes)
    {
        string name = (await sessions.ReadFormAsync(context))["name"].ToString();
        ExperimentEndpoints.CheckEligibility((await registry.GetAsync(name)).Setup, live);
        await registry.StartAsync(name, Dashboard.ActorOf(context));
        await changes.CatchUpAsync();
        return Dashboard.SeeOther(ExperimentsPage.Link(name));
    }

    private static async Task<IResult> Stop(
        HttpContext context, BrowserSessions sessions, ExperimentRegistry registry, StoreChanges changes)
    {
        var form = await sessions.ReadFormAsync(context);
        string name = form["name"].ToString();
        await registry.StopAsync(
            name, Dashboard.ActorOf(context), $"Rolled back. {Dashboard.ReasonIn(form)}".TrimEnd(), Outcome.NeedsPerson);
        await changes.CatchUpAsync();
        return Dashboard.SeeOther(ExperimentsPage.Link(name));
    }

    private static async Task<IResult> Ship(HttpContext context, BrowserSessions sessions, Shipping shipping)
    {
        var form = await sessions.ReadFormAsync(context);
        string name = form["name"].ToString();
        await shipping.ShipAsync(name, form["arm"], Dashboard.ActorOf(context), Dashboard.ReasonIn(form));
        return Dashboard.SeeOther(ExperimentsPage.Link(name));
    }

    private static void WriteFacts(
        PageWriter page, LiveExperiment experiment, OnlineExperimentReport? report, TriggeredShare? triggered)
    {
        List<(string, string)> facts = [("state", ExperimentsPage.Word(experiment.State))];
        if (report is not null)
        {
            int days = experiment.Setup.Experiment.Design.Days;
            facts.Add(("day", report.Days == 0 ? "–" : $"{report.Days} of {days}"));
            if (report.Verdicts.Max(verdict => verdict.DaysLeft) is { } left) facts.Add(("days left, about", Format.Count(left)));
            var most = report.Results.MaxBy(one => one.Effect?.VarianceReduction ?? 0);
            if (most?.Effect is { VarianceReduction: > 0 } effect)
                facts.Add(($"fewer users needed for {most.Metric.Name} (CUPED)", Format.Percent(effect.VarianceReduction)));
            if (report.Health.FirstOrDefault(check => check.Name == "units in several arms") is { } mixed)
                facts.Add(("users in two arms", mixed.Says.Split(' ', 2)[0].TrimEnd('.').Replace("None", "0", StringComparison.Ordinal)));
        }
        if (triggered is { Units: > 0 } share)
            facts.Add(($"of {Format.Many(share.Units, "user")} had an answer in which the arms differ"
                + (share.IsWhole ? "" : ", in the oldest answers"), Format.Percent((double)share.Triggered / share.Units)));
        using (page.Html.In("dl", ("class", "facts")))
            foreach (var (meaning, value) in facts)
                using (page.Html.In("div"))
                {
                    page.Html.Element("dt", meaning);
                    page.Html.Element("dd", value);
                }
        if (experiment.StopReason is { } reason) page.Html.Element("p", reason, ("class", "note"), ("id", "stop-reason"));
    }

    /// <returns>Null: none was.</returns>
    private static string? ShippedArm(LiveExperiment experiment) => experiment.State == ExperimentState.Running ? null
        : experiment.Setup.Experiment.Arms.Select(arm => arm.Name).FirstOrDefault(arm =>
            experiment.StopReason?.StartsWith($"Shipped {arm} of experiment {experiment.Name}.", StringComparison.Ordinal) == true);

    private static void WriteLinks(PageWriter page, LiveExperiment experiment)
    {
        if (experiment.StartedAt is null) return;
        string path = $"/v1/experiments/{Uri.EscapeDataString(experiment.Name)}";
        using (page.Html.In("p", ("class", "note")))
        {
            page.Html.Text("What it shows: ");
            page.Json($"{path}/report?format=json", "What it shows");
            page.Html.Text(" · in which answers the arms differ: ");
            page.Json($"{path}/triggered", "In which answers the arms differ");
        }
    }

    private static void WriteActions(PageWriter page, LiveExperiment experiment)
    {
        using (page.Html.In("div", ("class", "actions")))
        {
            if (experiment.State == ExperimentState.Created)
                Act(page, experiment, "start", "Start …", $"Start {experiment.Name}",
                    "Users are dealt to arms from the next answers on. The design cannot be changed any more.");
            if (experiment.State == ExperimentState.Running)
                Act(page, experiment, "stop", "Roll back …", $"Roll back {experiment.Name}",
                    "The experiment ends: everyone gets control from the next answers on. What was seen until now stays.", "stop");
            if (experiment.StartedAt is null || experiment.Canary is not null) return;
            foreach (var arm in experiment.Setup.Experiment.Arms.Skip(1))
                if (!experiment.Setup.TreatmentOf(arm.Name).IsNone && arm.Name != ShippedArm(experiment))
                    Act(page, experiment, "ship", $"Ship {arm.Name} …", $"Ship {arm.Name}",
                        $"The experiment ends. {Shipping.Meaning(experiment.Setup, arm.Name)}", arm.Name, arm.Name);
        }
    }

    /// <param name="reason">What the field of the reason is called after; null: there is none.</param>
    private static void Act(
        PageWriter page, LiveExperiment experiment, string action, string summary, string button, string meaning, string? reason = null,
        string? arm = null) => page.Confirmed(summary, () => page.Form($"{Path}/{action}", () =>
    {
        page.Hidden("name", experiment.Name);
        if (arm is not null) page.Hidden("arm", arm);
        page.Html.Element("p", meaning);
        if (reason is not null) page.Reason($"{action}-{reason}", "experiment");
        page.Button(button, "danger");
    }));

    private static void WriteVotes(PageWriter page, InterleavingReport votes) => page.Section("votes", "Votes", () =>
    {
        if (votes is { Preference: { } mean, Low: { } low, High: { } high })
        {
            var plot = new IntervalPlot(Axis.Of([-1, 1]), reference: 0);
            plot.DrawAxis(page.Html);
            using (page.Html.In("div", ("class", "plot")))
                plot.DrawRow(page.Html, new(votes.Treatment, 0), mean, low, high, votes.Summary);
        }
        DefinitionList.Write(page.Html,
        [
            ("lists in which the arms differ", Format.Count(votes.Answers)), ("users with a vote", Format.Count(votes.Users)),
            ($"preferred {votes.Treatment}", CountOf(votes.Wins)), ($"preferred {votes.Control}", CountOf(votes.Losses)),
            ("mean vote", votes.Preference is { } preference
                ? $"{Format.Number(preference)} ({Format.Number(votes.Low ?? double.NaN)} to "
                    + $"{Format.Number(votes.High ?? double.NaN)})" : "–"),
            ("users needed for a preference of this size", CountOf(votes.UsersNeeded)),
            ("users an A/B test would need", CountOf(votes.UsersOfTwoArms)),
        ]);
    }, $"/v1/experiments/{Uri.EscapeDataString(votes.Experiment)}/report?format=json",
        "Both arms' items are in one list for everyone who takes part; each user is one vote, −1 for control to 1 for the other.");

    private static string CountOf(double? users) => users is { } known and < 1e15 ? Format.Count((long)known) : "–";

    private static void WriteSetup(PageWriter page, LiveExperiment experiment)
    {
        string json = JsonNode.Parse(SettingJson.Write(experiment.Setup))!.ToJsonString(Indented);
        page.Section("setup", "How it is set up", () =>
        {
            if (experiment.State != ExperimentState.Created)
                using (page.Html.In("details"))
                {
                    page.Html.Element("summary", "Every setting, also those that nobody wrote");
                    page.Code("Setup", json);
                }
            else
                page.Form($"{ExperimentsPage.Path}/write", () =>
                {
                    page.TextArea("Experiment", "json", json, rows: 18);
                    page.Button("Save");
                }, "stacked");
        }, $"/v1/experiments/{Uri.EscapeDataString(experiment.Name)}");
    }
}
