using System.Globalization;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Ingestion;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>What comes in: how much, how late, what is refused and why, how soon answers know it.</summary>
internal static class DataPage
{
    public const string Path = "/data";

    private const int Days = 30, MostTypes = 8;

    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["duplicate"] = "Sent again: the same event was stored before. Nothing to do.",
        ["conflict"] = "Another event has the same id. Give each event an id of its own.",
        ["unreadable"] = "The record could not be read; the answer to the request says what is wrong with it.",
        ["busy"] = "Too many events waited (429). The client may send them again.",
    };

    public static void Map(IEndpointRouteBuilder pages) => pages.MapPage(Path, Show).Requires(Scope.Read);

    private static async Task<IResult> Show(
        HttpContext context, IStore store, RecentMinutes minutes, EventWriter writer, Drift drift, TimeProvider clock)
    {
        var drifted = await drift.OfAsync(context.RequestAborted);
        var recent = minutes.ToList();
        var counts = await store.Events.CountsAsync(context.RequestAborted);
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        return new Page(Path, "Data", page =>
        {
            page.Section("minutes", "Events by minute", () => WriteMinutes(page, recent), "/v1/activity",
                "Events that were stored in the last hour, since this server started, imports among them.", isLive: true);
            page.Section("refused", "Not stored", () => WriteRefused(page, recent), "/v1/activity",
                "Records of the last hour that are not new events, with the reason.", isLive: true);
            page.Section("times", "How late, how fresh", () => WriteTimes(page, recent, writer), "/v1/activity",
                "Of the last hour, to within 8 %.", isLive: true);
            page.Section("drift", "Drift", () => WriteDrift(page, drifted), "/v1/drift",
                "How the latest events differ from those that the served model has learned from: population stability index over tenths of "
                + "the training events.");
            page.Section("days", "Events by day", () => WriteDays(page, counts, today), "/v1/events/counts",
                $"By the day on which they happened (UTC), of the last {Days} days. Below, all that are stored.");
        });
    }

    private static void WriteMinutes(PageWriter page, IReadOnlyList<Minute> recent)
    {
        string[] types = [.. recent.SelectMany(minute => minute.Events).GroupBy(pair => pair.Key)
            .OrderByDescending(type => type.Sum(pair => pair.Value)).Select(type => type.Key)];
        if (types.Length == 0)
        {
            page.Html.Element("p", "None.");
            return;
        }
        double[] Of(Func<Minute, double> count) => [.. recent.Select(count)];
        List<(string, IReadOnlyList<double>)> series =
            [.. types.Take(MostTypes).Select(type => (type, (IReadOnlyList<double>)Of(minute => minute.Events.GetValueOrDefault(type))))];
        if (types.Length > MostTypes)
            series.Add(("others", Of(minute => minute.Events.Where(pair => types.IndexOf(pair.Key) >= MostTypes).Sum(pair => pair.Value))));
        ColumnsByTime.Draw(page.Html, "Events by minute and type", series, [.. recent.Select(minute =>
            DateTimeOffset.FromUnixTimeSeconds(minute.Number * 60).ToString("HH:mm 'UTC'", CultureInfo.InvariantCulture))]);
    }

    private static void WriteRefused(PageWriter page, IReadOnlyList<Minute> recent)
    {
        var html = page.Html;
        using (html.Table("Records by reason", "prose"))
        {
            html.Titles("reason", " records", "what it means");
            using (html.In("tbody"))
                foreach (var (reason, meaning) in Reasons)
                    using (html.In("tr"))
                    {
                        html.Element("th", reason, ("scope", "row"));
                        html.Number(Format.Count(recent.Sum(minute => minute.Rejected.GetValueOrDefault(reason))));
                        html.Element("td", meaning);
                    }
        }
    }

    private static void WriteTimes(PageWriter page, IReadOnlyList<Minute> recent, EventWriter writer)
    {
        var html = page.Html;
        using (html.Table("Times by share", "prose"))
        {
            html.Titles("time", " half within", " 90 %", " 99 %");
            using (html.In("tbody"))
            {
                Row("lateness", minute => minute.Lateness,
                    "From when an event happened to its being stored by this server; what the command imports is not measured.");
                Row("freshness", minute => minute.Freshness,
                    "From an event's being stored to the first answer that used it, the time until someone asked among it.");
                Row("commit", minute => minute.Commits, "To write the events of one transaction.");
            }
        }
        html.Element("p", $"{Format.Many(writer.Queued, "event")} wait for being written. An event that is acknowledged "
            + writer.Durability switch
            {
                Durability.Fsync => "is on the disk: it survives a loss of power (fsync).",
                Durability.Os => "survives the end of the process, not a loss of power (os).",
                _ => "may be lost with the process (memory).",
            }, ("class", "note"));

        void Row(string name, Func<Minute, Quantiles> part, string meaning)
        {
            var all = Quantiles.Sum(recent.Select(part));
            using (html.In("tr"))
            {
                using (html.In("th", ("scope", "row")))
                {
                    html.Text(name);
                    html.Element("span", meaning, ("class", "note meaning"));
                }
                foreach (double share in (double[])[.5, .9, .99]) html.Number(all.Count == 0 ? "–" : Text(all.At(share)));
            }
        }
    }

    private static void WriteDrift(PageWriter page, DriftAnswer? drift)
    {
        if (drift is not { Popularity: { } popularity, Activity: { } activity })
        {
            page.Html.Element("p", drift is null ? "No model is served yet."
                : $"{Format.Many(drift.Events, "event")} came since its training, and {Drift.FewestEvents} are needed to tell.");
            return;
        }
        page.Html.Element("p", $"{Format.Many(drift.Events, "event")} that {drift.Snapshot} has not learned.", ("class", "note"));
        page.Table(
            "How events differ", ((string Of, DriftPart Part)[])[("of which items", popularity), ("of which users", activity)], "",
            ["events are", " index", "which means", " of unknown ones"], part =>
            {
                page.RowTitle(part.Of);
                page.Html.Number(part.Part.Index is { } index ? Format.Number(index) : "–");
                page.Html.Element("td", part.Part.Index switch
                {
                    null => "all are unknown",
                    < .1 => "as in training",
                    < .25 => "something changed",
                    _ => "much changed: train anew, or look for what is wrong with the events",
                }, ("class", part.Part.Index >= .25 ? "worse" : null));
                page.Html.Number(Format.Percent(part.Part.Unknown));
            });
    }

    private static void WriteDays(PageWriter page, IReadOnlyList<EventCount> counts, DateOnly today)
    {
        var html = page.Html;
        if (counts.Count == 0)
        {
            html.Element("p", "None.");
            return;
        }
        var types = counts.GroupBy(count => count.Type).OrderByDescending(type => type.Sum(count => count.Events)).ToList();
        DateOnly[] days = [.. Enumerable.Range(0, Days).Select(n => today.AddDays(n - Days + 1))];
        if (counts.All(count => count.Day < days[0])) html.Element("p", $"None in the last {Days} days.");
        else ColumnsByTime.Draw(html, "Events by day and type",
            [.. types.Take(MostTypes).Select(type => (type.Key, (IReadOnlyList<double>)
                [.. days.Select(day => (double)type.Where(count => count.Day == day).Sum(count => count.Events))]))],
            [.. days.Select(Text)]);
        using (html.Table("Stored events by type"))
        {
            html.Titles("type", " events", "first day", "last day");
            using (html.In("tbody"))
                foreach (var type in types)
                    using (html.In("tr"))
                    {
                        html.Element("th", type.Key, ("scope", "row"));
                        html.Number(Format.Count(type.Sum(count => count.Events)));
                        html.Element("td", Text(type.Min(count => count.Day)));
                        html.Element("td", Text(type.Max(count => count.Day)));
                    }
        }
    }

    private static string Text(double seconds) =>
        seconds < 120 ? Format.Duration(seconds) : Ages.Of(TimeSpan.FromSeconds(seconds));

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
