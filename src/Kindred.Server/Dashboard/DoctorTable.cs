using System.Text.Json;
using Kindred.Reports.Markup;
using Kindred.Server.Renewal.Readiness;
using Kindred.Storage;

namespace Kindred.Server.Dashboard;

/// <summary>Which models the events are enough for, and what each is expected to gain.</summary>
internal static class DoctorTable
{
    /// <param name="json">The latest report; null: there is none.</param>
    /// <param name="folder">The living folder, for the command that makes one.</param>
    public static void Write(PageWriter page, string? json, string folder, bool isTraining)
    {
        var html = page.Html;
        if (json is null || JsonSerializer.Deserialize<DoctorReport>(json, SealedFolder.Json) is not { } report)
        {
            html.Element("p", isTraining ? "There is no report yet; the training that runs makes one at its end."
                : "There is no report yet; the next training makes one, as does this command.");
            if (!isTraining) page.Commands("Examine the events", $"kindred doctor --data {Links.Word(folder)}");
            return;
        }
        using (html.In("p", ("class", "note")))
        {
            html.Text($"Made of {Format.Many(report.Events, "event")} of {Format.Many(report.Users, "user")} and "
                + $"{Format.Many(report.Items, "item")}, ");
            page.Ago(report.MadeAt);
            html.Text(".");
        }
        using (html.Table("Kinds of models", "prose"))
        {
            html.Titles("model", "enough", " gain", "outlook");
            using (html.In("tbody"))
                foreach (var model in report.Models)
                    using (html.In("tr"))
                    {
                        using (html.In("th", ("scope", "row")))
                        {
                            html.Text(model.Model);
                            html.Element("span", model.Reason, ("class", "note meaning"));
                        }
                        string type = model.CanTrain switch { "yes" => "better", "no" => "worse", _ => "alike" };
                        html.Element("td", model.CanTrain, ("class", type));
                        html.Estimate(model.Gain is { } gain ? Points(gain) : "–",
                            model is { Low: { } low, High: { } high } ? $"{Points(low)} to {Points(high)}" : null);
                        html.Element("td", model.Outlook);
                    }
        }
    }

    private static string Points(double share) => $"{(share > 0 ? "+" : "")}{Format.Number(Math.Round(100 * share, 1))}";
}
