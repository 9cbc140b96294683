using Kindred.Reports.Markup;
using Kindred.Server.Renewal.Gate;

namespace Kindred.Server.Dashboard;

/// <summary>What the gate found about a snapshot, check by check, and what became of it.</summary>
internal static class GateList
{
    public static void Write(PageWriter page, Promotion promotion)
    {
        var html = page.Html;
        html.Element("p", promotion.Why);
        html.Element("p", promotion.Reason, ("class", promotion.Verdict == Outcome.Failed ? "worse" : null));
        using (html.In("details"))
        {
            string counts = string.Join(", ", promotion.Checks.CountBy(check => check.Outcome).OrderBy(count => count.Key)
                .Select(count => $"{count.Value} {Word(count.Key)}"));
            html.Element("summary", $"The gate: {Word(promotion.Verdict)} ({counts})");
            using (html.Table($"Checks of {promotion.Snapshot}", "prose"))
            {
                html.Titles("check", "outcome", " measured", " limit", "found");
                using (html.In("tbody"))
                    foreach (var check in promotion.Checks)
                        using (html.In("tr"))
                        {
                            html.Element("th", check.Name, ("scope", "row"));
                            html.Element("td", Word(check.Outcome), ("class", check.Outcome switch
                            {
                                Outcome.Passed => "better",
                                Outcome.Failed => "worse",
                                _ => "alike",
                            }));
                            html.Estimate(check.Value is { } value ? Format.Number(value) : "–", Interval(check));
                            html.Number(check.Limit is { } limit ? Format.Number(limit) : "–");
                            html.Element("td", check.Reason);
                        }
            }
            DefinitionList.Write(html,
            [
                ("model", promotion.Model), ("judged", Format.Moment(promotion.JudgedAt)),
                ("compared with", promotion.Against ?? "nothing: none was served"),
                ("last event learned", Format.Count(promotion.Sequence)),
                .. promotion.Steps.Select(step =>
                    ($"{step.Action} by {step.By}", $"{Format.Moment(step.At)}{(step.Reason is { } reason ? $": {reason}" : "")}")),
            ]);
            page.Json($"/v1/snapshots/{Uri.EscapeDataString(promotion.Snapshot)}/promotion", $"Checks of {promotion.Snapshot}");
        }
    }

    private static string? Interval(GateCheck check) => (check.Low, check.High) switch
    {
        ({ } low, { } high) => $"{Format.Number(low)} to {Format.Number(high)}",
        ({ } low, null) => $"above {Format.Number(low)}",
        (null, { } high) => $"below {Format.Number(high)}",
        _ => null,
    };

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "passed",
        Outcome.Failed => "failed",
        Outcome.NotAnswered => "not answered",
        _ => "needs a person",
    };
}
