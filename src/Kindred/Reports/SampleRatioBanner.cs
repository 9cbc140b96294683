using Kindred.OnlineExperiments.Analysis;
using Kindred.Reports.Markup;

namespace Kindred.Reports;

/// <summary>
/// Whether the arms have the users that they should, before any other number of an experiment: what is observed beside what is expected.
/// </summary>
internal static class SampleRatioBanner
{
    public static void Write(Html html, OnlineExperimentReport report)
    {
        HealthCheck[] checks = [.. report.Health.Where(check => check.Name.StartsWith("sample ratio", StringComparison.Ordinal))];
        bool isBroken = checks.Any(check => !check.IsHealthy);
        double all = report.Arms.Sum(arm => (double)arm.Units);
        using (html.In("div", ("id", "ratio"), ("class", isBroken ? "warnings" : null), ("role", isBroken ? "alert" : null)))
        {
            if (isBroken) html.Element("strong", "Sample ratio mismatch");
            html.Element("p", isBroken
                ? "The arms do not have the users that they should, so users are missing in one of them, and no number below can be "
                    + "believed. Look for answers or exposures that one arm loses."
                : checks.All(check => double.IsNaN(check.PValue)) ? "There are too few users to tell whether the arms get their shares."
                : "The arms get the users that they should.", ("class", isBroken ? null : "note"));
            using (html.Table("Users by arm"))
            {
                html.Titles("arm", " observed", " expected", " difference");
                using (html.In("tbody"))
                    foreach (var arm in report.Arms)
                        using (html.In("tr"))
                        {
                            double expected = all * arm.Expected;
                            html.Element("th", arm.Arm, ("scope", "row"));
                            html.Number(Format.Count(arm.Units));
                            html.Number(Format.Count((long)Math.Round(expected)));
                            html.Number(expected > 0 ? Outcomes.Percent((arm.Units / expected) - 1) : "–");
                        }
            }
        }
    }
}
