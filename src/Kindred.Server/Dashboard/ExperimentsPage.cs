using Kindred.OnlineExperiments.Analysis;
using Kindred.Reports;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>Which experiments there are, and in a word what each shows by now; new ones are created.</summary>
internal static class ExperimentsPage
{
    public const string Path = "/experiments";

    private const int MostRead = 10;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, Show).Requires(Scope.Admin);
        pages.MapPost($"{Path}/create", Create).Requires(Scope.Admin);
        pages.MapPost($"{Path}/write", Create).Requires(Scope.Admin);
        ExperimentPage.Map(pages);
    }

    public static string Link(string name) => $"{ExperimentPage.Path}?name={Uri.EscapeDataString(name)}";

    public static string Word(ExperimentState state) => state.ToString().ToLowerInvariant();

    private static async Task<IResult> Show(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, PendingReports reports, LiveState live,
        SnapshotShelf shelf) => await PageOf(context, registry, service, reports, live, shelf, null, null);

    /// <param name="sent">What someone wrote and cannot be used; null: nothing.</param>
    private static async Task<Page> PageOf(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, PendingReports reports, LiveState live,
        SnapshotShelf shelf, IFormCollection? sent, string? problem)
    {
        var all = await registry.ListAsync(context.RequestAborted);
        string? served = (await shelf.ServedAsync(context.RequestAborted)).Snapshot;
        using var view = live.Acquire();
        var choices = OtherAnswers.Choices(view, shelf, served);
        var verdicts = await VerdictsOf(all, reports);
        return new Page(Path, "Experiments", page =>
        {
            if (problem is not null) page.Html.Element("p", problem, ("class", "alarm"), ("role", "alert"));
            page.Section("all", "All experiments", () => WriteAll(page, all, service, verdicts), "/v1/experiments",
                "The newest first. An experiment gives some users other answers than others, at random, and compares what they do.");
            page.Section("create", "Create one", () => WriteCreate(page, choices, sent),
                hint: "It does not run before you start it, and may be written again until then.");
        })
        {
            Status = problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
        };
    }

    private static async Task<Dictionary<string, OnlineExperimentReport?>> VerdictsOf(
        IReadOnlyList<LiveExperiment> all, PendingReports reports)
    {
        var running = all.Where(one => one.State == ExperimentState.Running && !one.Setup.Interleaved).Take(MostRead).ToList();
        var read = await Task.WhenAll(running.Select(one => reports.OfAsync(one, Wait)));
        return running.Zip(read).ToDictionary(pair => pair.First.Name, pair => pair.Second);
    }

    private static void WriteAll(
        PageWriter page, IReadOnlyList<LiveExperiment> all, ExperimentService service,
        Dictionary<string, OnlineExperimentReport?> verdicts) =>
        page.Table("Experiments", all, "None yet.", ["experiment", "state", "says", "arms", "started", "stopped"], experiment =>
        {
            page.RowTitle(() => page.Html.Element("a", experiment.Name, ("href", Link(experiment.Name)), ("class", "id")));
            page.Html.Element("td", Word(experiment.State));
            using (page.Html.In("td"))
                if (Badge(experiment, service, verdicts) is { } badge)
                    page.Html.Element("span", badge.Text, ("class", $"badge {badge.Type}"));
                else page.Html.Text(experiment.StopReason is { } reason ? PlainText.Shorten(reason) : "–");
            page.Html.Element("td", string.Join(", ", experiment.Setup.Experiment.Arms.Select(arm => arm.Name)));
            page.AgoCell(experiment.StartedAt);
            page.AgoCell(experiment.StoppedAt);
        });

    private static (string Text, string Type)? Badge(
        LiveExperiment experiment, ExperimentService service, Dictionary<string, OnlineExperimentReport?> verdicts)
    {
        if (experiment.State != ExperimentState.Running) return null;
        if (service.ConditionProblem(experiment.Name) is not null) return ("nobody takes part", "worse");
        if (experiment.Setup.Interleaved) return ("interleaved", "alike");
        if (verdicts.GetValueOrDefault(experiment.Name) is not { } report) return ("being read", "alike");
        return report.Verdict switch
        {
            ExperimentVerdict.Unhealthy or ExperimentVerdict.RollBack => (OnlineExperimentPage.Word(report.Verdict), "worse"),
            ExperimentVerdict.Ship => ("ship", "better"),
            ExperimentVerdict.Running when report.Verdicts.Max(verdict => verdict.DaysLeft) is { } days =>
                ($"about {Format.Many(days, "day")} left", "alike"),
            _ => (OnlineExperimentPage.Word(report.Verdict), "alike"),
        };
    }

    private static void WriteCreate(PageWriter page, IReadOnlyList<(string Value, string Name)> choices, IFormCollection? sent)
    {
        string? Sent(string name, string? usual = null) => sent?.ContainsKey(name) == true ? sent[name].ToString() : usual;
        if (choices.Count == 0)
            using (page.Html.In("p", ("class", "hint")))
            {
                page.Html.Text("There is neither a scenario nor a second snapshot to compare with what answers; ");
                page.Html.Element("a", "write a scenario", ("href", PipelinePage.Path));
                page.Html.Text(" first.");
            }
        else
            page.Form($"{Path}/create", () =>
            {
                page.Field("Name", "name", Sent("name"), "Letters, digits, - and _", isRequired: true);
                page.Select("Compare what answers with", "treatment", choices, Sent("treatment"));
                page.Field("More of which events is better", "goal", Sent("goal"), "A type of events, such as click", isRequired: true);
                page.Field("Smallest change worth having, %", "margin", Sent("margin", "1"), "1: one hundredth more", isRequired: true);
                page.Field("Days", "days", Sent("days", "14"), "Whole weeks", isRequired: true);
                page.Field("Users planned", "users", Sent("users"), "How many take part until the end; empty: not planned");
                page.Button("Create");
            }, "fields");
        page.Confirmed("Write all of it …", () => page.Form($"{Path}/write", () =>
        {
            page.TextArea("Experiment", "json", Sent("json", Example)!, rows: 16);
            page.Button("Save");
        }, "stacked"));
    }

    /// <summary>Keeps an experiment that people wrote; what cannot be used is shown again, with the reason.</summary>
    private static async Task<IResult> Create(
        HttpContext context, BrowserSessions sessions, ExperimentRegistry registry, ExperimentService service, PendingReports reports,
        LiveState live, SnapshotShelf shelf, StoreChanges changes)
    {
        var form = await sessions.ReadFormAsync(context);
        try
        {
            var setup = ExperimentSetup.Parse(form.ContainsKey("json") ? form["json"].ToString() : ExperimentDraft.JsonOf(form));
            ExperimentEndpoints.CheckEligibility(setup, live);
            if (!form.ContainsKey("json") && await registry.FindAsync(setup.Name) is not null)
                throw new InputException($"There is an experiment '{setup.Name}' already; open it to change it, or choose another name.");
            await registry.PutAsync(setup, Dashboard.ActorOf(context));
            await changes.CatchUpAsync();
            return Dashboard.SeeOther(Link(setup.Name));
        }
        catch (InputException e)
        {
            return await PageOf(context, registry, service, reports, live, shelf, form, e.Message);
        }
    }

    private const string Example = """
        {
          "experiment": {
            "name": "shorter-lists",
            "metrics": [{ "name": "clicks", "source": "click", "role": "goal", "margin": 0.01 }],
            "design": { "plannedUnits": 10000 }
          },
          "treatments": { "treatment": { "scenario": "short" } }
        }
        """;
}
