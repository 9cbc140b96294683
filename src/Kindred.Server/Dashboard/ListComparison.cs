namespace Kindred.Server.Dashboard;

/// <summary>Two lists for one user side by side: what is in both, and what in one alone.</summary>
internal static class ListComparison
{
    public static void Write(
        PageWriter page, (string Name, Recommendation Answer) one, (string Name, Recommendation Answer) other, ItemTitles titles)
    {
        HashSet<string> Ids(Recommendation answer) => [.. answer.Items.Select(item => item.ItemId)];
        var (first, second) = (Ids(one.Answer), Ids(other.Answer));
        page.Html.Element("p", $"{first.Intersect(second).Count()} of {first.Count} items are in both lists.");
        using (page.Html.In("div", ("class", "beside")))
        {
            Write(page, one, titles, second);
            Write(page, other, titles, first);
        }
    }

    private static void Write(
        PageWriter page, (string Name, Recommendation Answer) list, ItemTitles titles, IReadOnlySet<string> others)
    {
        using (page.Html.In("div"))
        {
            page.Html.Element("h3", list.Name);
            ItemCards.Write(page, list.Answer.Items, titles, list.Name, others);
        }
    }
}
