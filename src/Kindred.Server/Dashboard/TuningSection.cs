using System.Globalization;
using Kindred.Models;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;
using Kindred.Server.Renewal;
using Kindred.Tuning;

namespace Kindred.Server.Dashboard;

/// <summary>Searches for better options: the best value trial by trial, what it gains, and how it is put to use.</summary>
internal static class TuningSection
{
    private const int MostSearches = 5, MostTrials = 5, MostTicks = 6;

    public static void Write(PageWriter page, IReadOnlyList<TuningSearch> searches, TrainerCatalog trainers, string folder)
    {
        if (searches.Count == 0)
        {
            page.Html.Element("p", "None yet. A search by this command is kept in the folder, and shown here from its beginning on.");
            page.Commands("Search for better options", $"kindred tune {Links.Word(folder)} --model implicit-als");
            return;
        }
        foreach (var search in searches.Take(MostSearches)) Write(page, search, trainers);
        if (searches.Count > MostSearches)
            page.Html.Element("p", $"The JSON has older ones, too: {Format.Count(searches.Count)} in all.", ("class", "note"));
    }

    private static void Write(PageWriter page, TuningSearch search, TrainerCatalog trainers)
    {
        var html = page.Html;
        using (html.In("h3"))
        {
            html.Text($"{search.Trainer} by {search.Metric}");
            if (search.Run is not null) html.Element("span", " running", ("class", "marker"));
        }
        if (search.Run is { } run) WriteRun(page, search, run);
        else
            using (html.In("p"))
            {
                html.Text($"{Format.Many(search.Trials.Count, "trial")}, the last one ");
                page.Ago(search.UpdatedAt);
                html.Text(search.Best is not { } top ? ". None succeeded." : $". The best reaches {ValueOf(top)}{Gained(search)}.");
            }
        if (search.Best is not { } best) return;
        if (search.Trials.Count > 1) WriteCurve(page, search);
        WriteTrials(page, search);
        if (search.Gain is not <= 0 && search.ModelOf(best, trainers) is { } model)
            page.Commands($"The best options of {search.Journal}, for the setting renewal", $"\"model\": \"{model}\"");
    }

    private static void WriteRun(PageWriter page, TuningSearch search, SearchRun run)
    {
        var html = page.Html;
        int done = search.Trials.Count;
        using (html.In("p"))
        {
            html.Text(run.Planned is { } planned ? $"{Format.Count(done)} of {Format.Many(planned, "trial")}" : Format.Many(done, "trial"));
            html.Text(", begun ");
            page.Ago(run.StartedAt);
            if (run.Left(done, page.Now) is { } left) html.Text($", about {Ages.Of(left)} left");
            html.Text(search.Best is not { } top ? ". None has succeeded yet."
                : $". The best so far reaches {ValueOf(top)}{Gained(search)}.");
        }
        if (run.Planned is { } all)
            html.Element("progress", "", ("max", $"{all}"), ("value", $"{done}"), ("aria-label", "Trials done"));
    }

    private static string Gained(TuningSearch search) => search.Gain switch
    {
        null => "",
        > 0 and var gain => $": {Format.Difference(gain)} against {ValueOf(search.Given!)} with the options that were given",
        _ => ", with the options that were given: no other trial is better"
            + (search.Run is null ? ", so keep them, or search longer" : ""),
    };

    private static void WriteCurve(PageWriter page, TuningSearch search)
    {
        var best = Trial.BestSoFar(search.Trials);
        double last = best.Count - 1;
        double? given = search.Given?.Value;
        List<Line> lines =
        [
            new(new("best so far", 0), [.. best.Select((value, n) => PointOf(n / last, value, $"trial {n + 1}"))]),
        ];
        if (given is not null)
            lines.Add(new(new("as given", -1), [PointOf(0, given, "options as given"), PointOf(1, given, "options as given")]));
        int step = Math.Max(1, best.Count / MostTicks);
        string label = $"The best {search.Metric} of {search.Trainer} so far, trial by trial"
            + (given is null ? "" : "; the grey line is the options as given");
        using (page.Html.In("figure"))
        {
            page.Html.Element("figcaption", label);
            new LineChart(label, "trial",
                [.. Enumerable.Range(0, best.Count).Where(n => n % step == 0).Select(n => (n / last, Format.Count(n + 1)))],
                Axis.Of(best.Append(given).OfType<double>().Select(Math.Abs))).Draw(page.Html, lines);
        }

        static LinePoint PointOf(double x, double? value, string what) => new(
            x, value is { } known ? Math.Abs(known) : double.NaN, double.NaN, double.NaN,
            value is { } shown ? $"{what}: {Format.Metric(Math.Abs(shown))}" : what);
    }

    private static void WriteTrials(PageWriter page, TuningSearch search)
    {
        var html = page.Html;
        string[] options = [.. search.Trials.SelectMany(trial => trial.Options.Select(o => o.Key)).Distinct()];
        Trial[] shown = [.. Trial.Ranked(search.Trials).Where(trial => trial.Value is not null).Take(MostTrials)];
        page.Table($"The best trials of {search.Journal}", [.. shown.Union(search.Trials.Take(1))], "",
            ["trial", $" {search.Metric}", " gain", .. options.Select(option => $" {option}"), " time"], trial =>
            {
                page.RowTitle(trial == search.Given ? "as given" : trial.Number.ToString(CultureInfo.InvariantCulture));
                html.Number(trial.Value is null ? "failed" : ValueOf(trial));
                html.Number(trial != search.Given && trial.Value - search.Given?.Value is { } gain ? Format.Difference(gain) : "–");
                foreach (string option in options) html.Number($"{trial.Options[option]}");
                html.Number(Format.Duration(trial.Seconds));
            });
    }

    /// <summary>A search of the lowest value keeps it below 0.</summary>
    private static string ValueOf(Trial trial) => trial.Value is { } value ? Format.Metric(Math.Abs(value)) : "–";
}
