using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.Comparison;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>What is needed to do it again.</summary>
internal static class ReproductionSection
{
    /// <summary>Escaping for pages is the page's business.</summary>
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Section Of(Page page, string version) => new("reproduce", "Do it again", html =>
    {
        var report = page.Report;
        if (report.Command is { } command)
            using (html.In("pre", ("class", "scroll"), ("tabindex", "0"), ("aria-label", "Command"), ("role", "region")))
                html.Element("code", command);
        DefinitionList.Write(html,
        [
            ("data", report.Dataset),
            ("fingerprint", report.Fingerprint ?? "none: the parts were given as files"),
            ("made", Format.Moment(report.Created)),
            ("fallback", report.Fallback ?? "none"),
            ("bootstrap", $"{Format.Many(page.First.Resamples, "resample")}, seed {page.First.Seed}"),
            ("version", $"Kindred {version}"),
        ]);
        if (page.Entrants.Any(e => e.Model is not null)) WriteModels(html, page);
    });

    private static void WriteModels(Html html, Page page)
    {
        html.Element("h3", "Models, with every option");
        using (html.Table("Models, with every option", "prose"))
        {
            html.Titles("model", "trainer", " seed", " training", "options");
            using (html.In("tbody"))
                foreach (var entrant in page.Entrants)
                {
                    if (entrant.Model is not { } model) continue;
                    using (html.In("tr"))
                    {
                        using (html.In("th", ("scope", "row"))) Legend.WriteName(html, page, entrant);
                        html.Element("td", model.Trainer);
                        html.Number($"{model.Seed}");
                        html.Number(Format.Duration(model.Seconds));
                        using (html.In("td", ("class", "options")))
                            foreach (var (name, value) in model.Options)
                                html.Element("code", $"{name} = {value?.ToJsonString(Readable) ?? "null"}");
                    }
                }
        }
    }
}
