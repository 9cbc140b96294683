using Kindred.Data;

namespace Kindred.Onboarding;

/// <summary>
/// Groups of items as cards: a click on a group says more than one on an item, and takes less time. S. Chang, F. Harper, L. Terveen, "Using
/// Groups of Items for Preference Elicitation in Recommender Systems", CSCW 2015: items are clustered by their embeddings, and a group
/// is shown by its title and a few well-known items.
/// </summary>
/// <remarks>
/// The title is made of the labels, of whatever columns, that are most more frequent in the group than elsewhere, so many of them that no
/// other group has the same; where there are none, or all are taken, of titles of its items.
/// </remarks>
internal static class CardGroups
{
    private const int Examples = 3, UsualLabels = 2, MostLabels = 4;

    /// <summary>Of the surplus of the first label of a title: with less, a label is left out.</summary>
    private const double LeastSurplus = .4;

    /// <param name="labels">[columns] Of items; none: groups are named by their items.</param>
    /// <param name="titleOf">Of an item.</param>
    /// <returns>Groups, the one with most likes first; cards by number.</returns>
    public static IReadOnlyList<CardGroup> From(
        CardPool pool, CardFactors factors, int count, IReadOnlyList<LabelColumn> labels, Func<int, string> titleOf)
    {
        int[] clusters = CardSelection.ClustersOf(factors, Math.Min(count, pool.Cards));
        double[] shares = pool.LikedShares();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. Enumerable.Range(0, pool.Cards).GroupBy(card => clusters[card])
                .OrderByDescending(group => group.Sum(card => shares[card])).ThenBy(group => group.Key)
                .Select(group =>
                {
                    int[] cards = [.. group.OrderByDescending(card => shares[card]).ThenBy(card => card)];
                    int[] examples = cards[..Math.Min(Examples, cards.Length)];
                    string title = TitleOf(pool, cards, labels, taken)
                        ?? string.Join(", ", examples.Take(2).Select(card => titleOf(pool.Items.Span[card])));
                    return new CardGroup(title, examples);
                }),
        ];
    }

    /// <param name="taken">Labels of the groups before, in alphabetical order: the same words in another order look alike.</param>
    private static string? TitleOf(CardPool pool, int[] cards, IReadOnlyList<LabelColumn> labels, HashSet<string> taken)
    {
        var ranked = labels.SelectMany(column => SurplusesIn(pool, cards, column)).OrderByDescending(label => label.Surplus).ToArray();
        // in a group of some items chance alone makes labels of any column a little more frequent
        string[] best = [.. ranked.Where(label => label.Surplus >= LeastSurplus * ranked[0].Surplus).Select(label => label.Name)
            .Distinct(StringComparer.Ordinal).Take(MostLabels)];
        for (int count = Math.Min(UsualLabels, best.Length); count <= best.Length && count > 0; count++)
            if (taken.Add(string.Join('\n', best.Take(count).Order(StringComparer.Ordinal)))) return string.Join(", ", best.Take(count));
        return null;
    }

    /// <returns>How many more items of the group have a label than expected, where it is more: a rare label that all have says less than a
    /// frequent one that most have.</returns>
    private static IEnumerable<(string Name, double Surplus)> SurplusesIn(CardPool pool, int[] cards, LabelColumn labels)
    {
        var (here, all) = (new int[labels.Labels.Count], new int[labels.Labels.Count]);
        foreach (int item in pool.Items.Span) foreach (int label in labels[item]) all[label]++;
        foreach (int card in cards) foreach (int label in labels[pool.Items.Span[card]]) here[label]++;
        for (int label = 0; label < here.Length; label++)
            if (here[label] - ((double)all[label] * cards.Length / pool.Cards) is > 0 and var surplus)
                yield return (labels.Labels.Id(label), surplus);
    }
}

/// <summary>Items that are liked together.</summary>
/// <param name="Examples">Cards by number; who picks the group picks these.</param>
internal sealed record CardGroup(string Title, IReadOnlyList<int> Examples);
