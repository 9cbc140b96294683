using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Reports.Markup;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Dashboard;

/// <summary>
/// An experiment of a few fields: more events of a type are better, and answers must become neither slower nor fail. It is read once, at
/// its end.
/// </summary>
internal static class ExperimentDraft
{
    private const double Slower = .1; // what is accepted of a guardrail

    /// <exception cref="InputException">A field cannot be read.</exception>
    public static string JsonOf(IFormCollection form)
    {
        if (form["treatment"].ToString().Split(':', 2) is not [("scenario" or "snapshot") and var kind, var other])
            throw new InputException("Choose what to compare with.");
        string goal = form["goal"].ToString().Trim();
        if (goal.Length == 0) throw new InputException("Name the type of events of which more is better, such as click.");
        double margin = NumberIn(form, "margin"), days = NumberIn(form, "days");
        if (margin is not (> 0 and <= 100))
            throw new InputException($"The smallest change worth having must be above 0 and at most 100 %, was {Format.Number(margin)} %.");
        if (days < 7 || days % 7 != 0)
            throw new InputException($"Days must be whole weeks, such as 14, was {Format.Number(days)}: users differ by the day of "
                + "the week.");
        var design = new JsonObject { ["kind"] = "fixedHorizon", ["days"] = (long)days };
        if (form["users"].ToString().Trim().Length > 0) design["plannedUnits"] = (long)NumberIn(form, "users");
        return new JsonObject
        {
            ["experiment"] = new JsonObject
            {
                ["name"] = form["name"].ToString().Trim(),
                ["metrics"] = new JsonArray(
                    new JsonObject { ["name"] = goal, ["source"] = goal, ["margin"] = margin / 100 },
                    PerAnswer("latency"), PerAnswer("failed")),
                ["design"] = design,
            },
            ["treatments"] = new JsonObject { ["treatment"] = new JsonObject { [kind] = other } },
            ["stopOnMismatch"] = true,
        }.ToJsonString();
    }

    /// <summary>A guardrail of what the server measures of each answer: lower is better.</summary>
    private static JsonObject PerAnswer(string source) => new()
    {
        ["name"] = source,
        ["kind"] = "ratio",
        ["source"] = source,
        ["denominator"] = $"count:{source}",
        ["role"] = "guardrail",
        ["better"] = "lower",
        ["margin"] = Slower,
    };

    private static double NumberIn(IFormCollection form, string name) =>
        double.TryParse(form[name].ToString().Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && Math.Abs(number) < 1e12 ? number
            : throw new InputException($"{name} must be a number, was '{PlainText.Shorten(form[name].ToString())}'.");
}
