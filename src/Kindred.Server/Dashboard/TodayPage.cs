using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>How the server is, in one sentence, four lines and what needs a person.</summary>
internal static class TodayPage
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage("/", Show).Requires(Scope.Read);
        pages.MapPost("/sample", ImportSample).Requires(Scope.Admin);
    }

    private static async Task<IResult> Show(
        HttpContext context, IStore store, LiveState live, RecentMinutes minutes, Alarms alarms, SampleImport sample,
        LivingHealth health, LivingFolder folder, TimeProvider clock)
    {
        var aborted = context.RequestAborted;
        var report = await health.Report(aborted);
        var recent = minutes.ToList();
        var (last, isEmpty, raised) = (live.Position, false, Alarms.Of(report));
        try
        {
            last = await store.Events.LastSequenceAsync(aborted);
            isEmpty = last == 0 && (await store.Items.ListAsync(null, 1, aborted)).Count == 0;
            raised = await alarms.ListAsync(report, aborted);
        }
        catch (StoreUnavailableException) { } // the report says so, and the rest of the page is from memory
        return new Page("/", "Today", page =>
        {
            using (page.Html.In("div", ("id", "today"), ("data-live", "yes")))
            {
                page.Html.Element("p", Sentence(report, recent, last, clock.GetUtcNow() - minutes.Started), ("class", "advice"));
                WriteAlarms(page, raised);
                if (!isEmpty) WriteTiles(page, recent);
                if (sample.IsRunning) page.Html.Element("p", $"The sample data come in: {Format.Many(last, "event")} so far. A model is "
                    + "trained when they are there.", ("role", "status"));
                else if (sample.Failure is { } failure) page.Html.Element("p", failure, ("class", "alarm"), ("role", "alert"));
            }
            if (isEmpty && !sample.IsRunning)
                FirstSteps.Write(page, $"{context.Request.Scheme}://{context.Request.Host}", folder.Path, sample);
            else WriteAsk(page);
        });
    }

    private static async Task<IResult> ImportSample(HttpContext context, BrowserSessions sessions, SampleImport sample, AuditTrail audit)
    {
        await sessions.ReadFormAsync(context);
        sample.Start();
        await audit.WriteAsync(context, "import-sample");
        return Dashboard.SeeOther("/");
    }

    /// <param name="age">Of this server: it knows of no earlier answers.</param>
    internal static string Sentence(HealthReport report, IReadOnlyList<Minute> recent, long events, TimeSpan age)
    {
        string since = age < TimeSpan.FromHours(1) ? $"since this server's start {Ages.Of(age)} ago" : "in the last hour";
        string serving = report.Snapshot is { } snapshot
            ? $"Serving {snapshot}, made {Ages.Of(TimeSpan.FromSeconds(report.SnapshotAgeSeconds ?? 0))} ago"
            : events == 0 ? "There is nothing to learn from yet" : "No model is trained yet: popular and newest items answer";
        var latency = Quantiles.Sum(recent.Select(minute => minute.Latency));
        if (latency.Count == 0) return $"{serving}. Nobody asked {since}.";
        string without = ShareWithoutModel(recent) is { } share and > 0 ? $"; {Format.Percent(share)} without the model" : "";
        return $"{serving}. In the last hour {Format.Many(latency.Count, "answer")}, 99 % within {Format.Duration(latency.At(.99))}"
            + $"{without}.";
    }

    /// <returns>Of the answers that did not fail; null: there are none.</returns>
    private static double? ShareWithoutModel(IReadOnlyList<Minute> minutes)
    {
        long answered = minutes.Sum(minute => minute.Answered);
        return answered == 0 ? null : minutes.Sum(minute => minute.Fallbacks) / (double)answered;
    }

    private static void WriteAlarms(PageWriter page, IReadOnlyList<Alarm> alarms)
    {
        using (page.Html.In("div", ("id", "alarms")))
        {
            if (!alarms.Any(alarm => alarm.NeedsPerson)) page.Html.Element("p", "Nothing needs you.", ("class", "well"));
            foreach (var alarm in alarms.Where(alarm => alarm.NeedsPerson))
                using (page.Html.In("p", ("class", "alarm"))) WriteAlarm(page, alarm);
            Alarm[] others = [.. alarms.Where(alarm => !alarm.NeedsPerson)];
            if (others.Length > 0) page.Points(others, alarm => WriteAlarm(page, alarm));
            using (page.Html.In("p", ("class", "note")))
            {
                page.Html.Text("For programs: ");
                page.Json("/v1/alarms", "What needs you");
            }
        }
    }

    private static void WriteAlarm(PageWriter page, Alarm alarm)
    {
        page.Html.Text(alarm.Sentence);
        if (alarm.Path is null || (alarm.Path != "/health" && !page.May(Scope.Admin))) return;
        page.Html.Text(" ");
        page.Html.Element("a", "Look", ("href", alarm.Path), ("aria-label", $"Look: {alarm.Sentence}"));
    }

    private static void WriteTiles(PageWriter page, IReadOnlyList<Minute> recent)
    {
        var latency = Quantiles.Sum(recent.Select(minute => minute.Latency));
        long events = recent.Sum(minute => minute.Events.Values.Sum());
        using (page.Html.In("div", ("class", "sparks")))
        {
            Tile(page, "Answers", Format.Count(latency.Count), "in the last hour, by minute",
                [.. recent.Select(minute => (double)minute.Latency.Count)]);
            Tile(page, "Time to answer", latency.Count == 0 ? "–" : Format.Duration(latency.At(.99)),
                "99 % of the last hour's answers took less, to within 8 %; the line is each minute's",
                [.. recent.Select(minute => minute.Latency.At(.99))]);
            Tile(page, "Events", Format.Count(events), "stored in the last hour, by minute",
                [.. recent.Select(minute => (double)minute.Events.Values.Sum())]);
            Tile(page, "Without the model", ShareWithoutModel(recent) is { } share ? Format.Percent(share) : "–",
                "share of answers in which another source came first: unknown users, empty histories, filters",
                [.. recent.Select(minute => ShareWithoutModel([minute]) ?? double.NaN)]);
        }
    }

    private static void Tile(PageWriter page, string title, string value, string meaning, IReadOnlyList<double> line)
    {
        using (page.Html.In("div", ("class", "tile")))
        {
            using (page.Html.In("div", ("class", "head")))
            {
                page.Html.Element("h2", title);
                page.Json("/v1/activity", title);
            }
            page.Html.Element("p", value, ("class", "value"));
            Sparkline.Draw(page.Html, line, $"{title} by minute in the last hour: {value}");
            page.Html.Element("span", meaning, ("class", "note"));
        }
    }

    private static void WriteAsk(PageWriter page) => page.Section("ask", "What does a user see?", () =>
    {
        using (page.Html.In("form", ("action", "/user"), ("class", "fields")))
        {
            page.Field("User", "id", isRequired: true);
            page.Button("Show");
        }
    });
}
