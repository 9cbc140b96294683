namespace Kindred.Reports.Sections;

/// <summary>What the test part, read once, says of the model that was chosen.</summary>
internal static class ConfirmationSection
{
    public static Section? Of(Page page)
    {
        if (page.Report.Confirmation is not { } confirmation) return null;
        var test = Page.Of(confirmation.Test, page);
        return new("confirmation", "Confirmed on the test part, read once", html =>
        {
            html.Element("p", $"The other sections show the validation part, on which {page.Report.Leaderboard.Winner} was chosen.",
                ("class", "hint"));
            html.Element("p", confirmation.Test.Protocol, ("class", "protocol"));
            LeaderboardSection.Write(html, test);
            using (html.In("ul"))
            {
                foreach (var entrant in test.Entrants)
                    if (entrant.AgainstBaseline is { } comparison) html.Element("li", comparison.Verdict);
                foreach (string warning in test.Warnings.Except(page.Warnings)) html.Element("li", $"Warning: {warning}");
            }
        });
    }
}
