using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Configuration;
using Kindred.Pipelines;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Live;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>How answers are made, step by step; scenarios are edited, checked, tried on a real user, and put to use.</summary>
internal static class PipelinePage
{
    public const string Path = "/pipeline";

    private const string Example = "home";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, Show).Requires(Scope.Admin);
        pages.MapPost(Path, Try).Requires(Scope.Admin);
        pages.MapPost($"{Path}/apply", Apply).Requires(Scope.Admin);
    }

    private static async Task<IResult> Show(
        HttpContext context, IStore store, LiveState live, RecentMinutes minutes, string? scenario = null)
    {
        using var view = live.Acquire();
        var (json, version) = await ReadAsync(store, context.RequestAborted);
        var all = Parsed(json);
        string name = scenario ?? all.Select(pair => pair.Key).FirstOrDefault() ?? Example;
        string text = all[name]?.ToJsonString(Indented) ?? StartOf(view.Served);
        var draft = new Draft(name, text, "", version);
        return new Page(Path, "Pipeline", page =>
        {
            WriteServed(page, view.Served, minutes.ToList());
            WriteScenarios(page, view, all);
            WriteForm(page, draft);
        });
    }

    /// <summary>Checks a draft; with a user it answers them by it, beside what answers now.</summary>
    private static async Task<IResult> Try(
        HttpContext context, BrowserSessions sessions, LiveState live, OtherAnswers others, LivingOptions options, TimeProvider clock)
    {
        StepTelemetry.LeaveOut();
        var draft = Draft.In(await sessions.ReadFormAsync(context));
        using var view = live.Acquire();
        var titles = new ItemTitles(view.Served);
        var (config, problem) = draft.Read(options.Trainers);
        var before = live.Scenarios.Configs.GetValueOrDefault(draft.Name) ?? view.Served.Trained?.Config;
        Recommendation? now = null, then = null;
        if (config is not null && draft.User.Length > 0)
        {
            var request = new RecommendRequest { UserId = draft.User, Explain = true, Because = true };
            string? scenario = live.Scenarios.Configs.ContainsKey(draft.Name) ? draft.Name : null;
            try
            {
                then = await others.AskAsync(draft.Name, config, request, context.RequestAborted);
                now = await new LiveRecommender(live, clock).RecommendAsync(request with { Scenario = scenario }, context.RequestAborted);
            }
            catch (InputException e)
            {
                (config, problem) = (null, e.Message);
            }
        }
        return new Page(Path, "Pipeline", page =>
        {
            if (problem is not null) page.Html.Element("p", problem, ("class", "alarm"), ("role", "alert"));
            WriteForm(page, draft);
            if (config is null) return;
            page.Section("flow", $"What '{draft.Name}' would do", () => WriteFlow(page, config));
            if (before is not null) page.Section("changes", "What changes", () => WriteChanges(page, before, config));
            if (now is not null && then is not null)
                page.Section("dry-run", $"What {draft.User} would see",
                    () => ListComparison.Write(page, ("now", now), ("with the draft", then), titles));
            WriteApply(page, draft);
        })
        {
            Status = problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
        };
    }

    private static async Task<IResult> Apply(
        HttpContext context, BrowserSessions sessions, IStore store, StoreChanges changes, AuditTrail audit, LivingOptions options)
    {
        var draft = Draft.In(await sessions.ReadFormAsync(context));
        var (config, problem) = draft.Read(options.Trainers);
        if (config is null) throw new InputException(problem!);
        var (json, version) = await ReadAsync(store, context.RequestAborted);
        var all = Parsed(json);
        all[draft.Name] = JsonNode.Parse(draft.Text);
        string checkedJson = Scenarios.Check(all.ToJsonString(), options.Trainers);
        if (version != draft.Version || await store.Settings.SetAsync(Scenarios.Name, checkedJson, version) is not { } written)
            throw new InputException("Someone changed the scenarios meanwhile; load the page again, so that their change is not lost.");
        await audit.WriteAsync(context, "write-setting", Scenarios.Name, $"{{\"version\":{written.Version}}}");
        await changes.CatchUpAsync();
        return Dashboard.SeeOther($"{Path}?scenario={Uri.EscapeDataString(draft.Name)}");
    }

    private static async Task<(string Json, long Version)> ReadAsync(IStore store, CancellationToken cancellation) =>
        await store.Settings.GetAsync(Scenarios.Name, cancellation) is { } setting ? (setting.Json, setting.Version) : ("{}", 0);

    private static JsonObject Parsed(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>What to begin a scenario with: the served pipeline, or one of the served model.</summary>
    private static string StartOf(Served served) => served.Trained is { } trained
        ? JsonSerializer.Serialize(trained.Config.ToJson(), Indented)
        : new JsonObject
        {
            ["sources"] = new JsonArray(served.Id == ColdStart.Id ? new JsonObject { ["kind"] = "newest" }
                : new JsonObject { ["kind"] = "model", ["model"] = served.ModelName }),
            ["rerank"] = new JsonArray(new JsonObject { ["kind"] = "keep", ["count"] = 10 }),
        }.ToJsonString(Indented);

    private static void WriteServed(PageWriter page, Served served, IReadOnlyList<Minute> recent) =>
        page.Section("served", "What answers", () =>
    {
        var steps = StepMinute.ByName(recent);
        if (served.Trained is { } trained) WriteFlow(page, trained.Config, steps);
        else
            page.Html.Element("p", served.Id == ColdStart.Id
                ? "No model is trained yet: pinned items, then popular ones, then the newest, without those that the user had."
                : $"{served.ModelName} alone: its best items, without those that the user had; popularity fills up lists that would be "
                    + "shorter.");
        WriteTimes(page, steps);
    }, served.Trained is null ? null : "/v1/pipeline", served.Id == ColdStart.Id ? "Requests that name no scenario."
        : $"Requests that name no scenario, from {served.Id}.");

    private static void WriteTimes(PageWriter page, IReadOnlyDictionary<string, StepMinute> steps)
    {
        if (steps.Count == 0) return;
        using (page.Html.In("div", ("class", "head")))
        {
            page.Html.Element("p", "What each source and stage did in the answers of the last hour, scenarios among them; the slowest "
                + "first. Candidates are those of an answer, on average. Skipped: it was late, failed, or had no time left.",
                ("class", "hint"));
            page.Json("/v1/activity", "What steps did");
        }
        page.Table(
            "Steps", [.. steps.OrderByDescending(step => step.Value.Times.At(.5))], "",
            ["step", " answers", " candidates in", " out", " half within", " 99 % within", " skipped in"], step =>
            {
                var (name, did) = step;
                page.RowTitle(name);
                page.Html.Number(Format.Count(did.Times.Count));
                page.Html.Number(PerAnswer(did.In, did));
                page.Html.Number(PerAnswer(did.Out, did));
                foreach (double share in (double[])[.5, .99]) page.Html.Number(Milliseconds(did, share));
                page.Html.Number(Format.Percent(did.SkippedShare));
            });
    }

    private static string PerAnswer(long candidates, StepMinute step) =>
        step.Times.Count == 0 ? "–" : Format.Number(Math.Round((double)candidates / step.Times.Count, 1));

    private static string Milliseconds(StepMinute step, double share) =>
        step.Times.Count == 0 ? "–" : $"{Format.Number(Math.Round(1000 * step.Times.At(share), 2))} ms";

    private static void WriteScenarios(PageWriter page, LiveView view, JsonObject all)
    {
        if (all.Count == 0) return;
        page.Section("scenarios", "Scenarios", () =>
        {
            using (page.Html.In("ul", ("class", "points")))
                foreach (var (name, _) in all)
                    using (page.Html.In("li"))
                    {
                        page.Html.Element("a", name, ("href", $"{Path}?scenario={Uri.EscapeDataString(name)}"));
                        if (view.Scenarios.TryGetValue(name, out var bound) && bound.Problem is { } problem)
                            page.Html.Element("span", $" cannot answer: {problem}", ("class", "worse"));
                    }
        }, $"/v1/settings/{Scenarios.Name}", "Other pipelines of the same models; a request names one with scenario=NAME.");
    }

    private static void WriteForm(PageWriter page, Draft draft) => page.Section("edit", "Edit a scenario", () =>
    {
        page.Form(Path, () =>
        {
            page.Hidden("version", $"{draft.Version}");
            page.Field("Scenario", "scenario", draft.Name, "An existing one, or a new name", isRequired: true);
            page.TextArea("Pipeline", "json", draft.Text, rows: 18);
            page.Field("Try it on the user", "user", draft.User, "Empty: check alone");
            page.Button("Check and try");
        }, "stacked");
    }, hint: "Nothing is changed by checking. The models are those of the served snapshot.");

    private static void WriteApply(PageWriter page, Draft draft) => page.Confirmed("Put it to use …", () =>
        page.Form($"{Path}/apply", () =>
        {
            foreach (var (name, value) in ((string, string)[])
                [("version", $"{draft.Version}"), ("scenario", draft.Name), ("json", draft.Text), ("user", "")])
                page.Hidden(name, value);
            page.Html.Element("p", $"Requests with scenario={draft.Name} are answered so from now on, by all servers of the store.");
            page.Button($"Put {draft.Name} to use", "danger");
        }));

    /// <param name="live">What steps did lately, by their names; null: it is not in use.</param>
    private static void WriteFlow(PageWriter page, PipelineConfig config, IReadOnlyDictionary<string, StepMinute>? live = null)
    {
        var html = page.Html;
        using (html.In("ol", ("class", "timeline")))
            foreach (var (name, kind, description) in config.Describe())
                using (html.In("li"))
                {
                    html.Element("strong", name);
                    if (kind != name) html.Element("span", kind, ("class", "note"));
                    html.Element("p", description, ("class", "note"));
                    if (live?.GetValueOrDefault(name) is { } did)
                        html.Element("p", $"{PerAnswer(did.In, did)} → {PerAnswer(did.Out, did)} candidates · half within "
                            + $"{Milliseconds(did, .5)} · skipped in {Format.Percent(did.SkippedShare)}", ("class", "edge"));
                }
    }

    private static void WriteChanges(PageWriter page, PipelineConfig before, PipelineConfig after)
    {
        page.Table(
            "Changes", PipelineDiff.Between(before, after), "Nothing: the pipelines do the same.", ["what", "now", "with the draft"],
            change =>
            {
                page.RowTitle(change.Path);
                page.Html.Element("td", change.Before ?? "–");
                page.Html.Element("td", change.After ?? "–");
            });
    }

    /// <summary>What someone edits.</summary>
    /// <param name="User">Empty: nobody.</param>
    /// <param name="Version">Of the setting that they saw.</param>
    private sealed record Draft(string Name, string Text, string User, long Version)
    {
        public static Draft In(IFormCollection form) => new(
            form["scenario"].ToString().Trim(), form["json"].ToString().ReplaceLineEndings("\n"), form["user"].ToString().Trim(),
            long.TryParse(form["version"], out long version) ? version : -1);

        /// <returns>Null with a sentence: it cannot be used.</returns>
        public (PipelineConfig? Config, string? Problem) Read(Models.TrainerCatalog trainers)
        {
            try
            {
                JsonNode.Parse(Text); // alone, so that it cannot be more than one value of the setting
                return (Scenarios.Parse(new JsonObject { [Name] = JsonNode.Parse(Text) }.ToJsonString(), trainers).Configs[Name], null);
            }
            catch (JsonException e)
            {
                return (null, $"The pipeline is not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
            }
            catch (InputException e)
            {
                return (null, e.Message);
            }
        }
    }
}
