using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// The cards for new users, made once from what past users had: the most telling next ones after any answers. Immutable and safe to share
/// between threads.
/// </summary>
internal sealed class OnboardingCards
{
    /// <summary>With fewer past users than that nothing can be learned of what cards tell.</summary>
    public const int FewestUsers = 50;

    /// <summary>Items that may be cards, and past users that are learned from: a choice takes milliseconds, whatever the data.</summary>
    public const int MostCards = 300, MostUsers = 3_000;

    private const int Groups = 8, AtOnce = 12;

    private readonly CardPool _pool;
    private readonly CardSelection _selection;
    private readonly AdaptiveCards _chooser;
    private readonly Dictionary<int, int> _cardOf; // by item
    private readonly double _firstGain;
    private readonly Interactions _data;

    private OnboardingCards(Interactions data, CardPool pool, LabelColumn? labels)
    {
        (_data, _pool) = (data, pool);
        var factors = CardFactors.Train(pool);
        _chooser = new(pool, factors);
        _selection = new(pool, factors, AtOnce, labels);
        _cardOf = Enumerable.Range(0, pool.Cards).ToDictionary(card => pool.Items.Span[card]);
        GroupCards = [.. CardGroups.From(pool, factors, Groups, [.. data.ItemAttributes.Labels.Values], Name).Select(group =>
            new OnboardingCard(group.Title, [.. group.Examples.Select(card => pool.Items.Span[card])]))];
        _firstGain = _selection.Choose(_chooser, CardAnswers.None, 1) is [var first] ? first.Gain : 0;
    }

    /// <summary>Groups of items, the largest first.</summary>
    public IReadOnlyList<OnboardingCard> GroupCards { get; }

    /// <summary>Cost: a pass over the events of at most 20,000 users, and a small model: less than a second.</summary>
    /// <returns>Null: there are too few users to learn from.</returns>
    public static OnboardingCards? From(Interactions data, int seed = 0)
    {
        const int Looked = 20_000;
        int[] users = [.. Enumerable.Range(0, data.Users.Count).Where(user => data.Histories.ItemsOf(user).Length > 0)];
        if (users.Length > Looked)
        {
            new Rng((ulong)seed).Fork("users that cards learn from").Shuffle<int>(users);
            Array.Resize(ref users, Looked);
        }
        var likes = Likes.From(data, users);
        var pool = CardPool.From(likes, MostCards, MostUsers, seed);
        return pool.Users < FewestUsers || pool.Cards < 2 ? null : new(data, pool, LabelsOf(data.ItemAttributes));
    }

    /// <param name="picked">Items, oldest first.</param>
    /// <param name="dismissed">Items that were shown and not picked.</param>
    /// <param name="mayShow">Whether an item may be shown now; null: all may.</param>
    /// <returns>Single items as cards, and how much the first one tells, as a share of what the first card of all tells.</returns>
    public (IReadOnlyList<OnboardingCard> Cards, double Gain) Next(
        IEnumerable<int> picked, IEnumerable<int> dismissed, int count, Func<int, bool>? mayShow = null)
    {
        var hidden = mayShow is null ? [] : Enumerable.Range(0, _pool.Cards).Where(card => !mayShow(_pool.Items.Span[card]));
        var answers = new CardAnswers(CardsOf(picked), CardsOf(dismissed));
        var chosen = _selection.Choose(_chooser, answers, count, hidden);
        return ([.. chosen.Select(card => Card(_pool.Items.Span[card.Card]))],
            chosen is [var first, ..] && _firstGain > 0 ? first.Gain / _firstGain : 0);
    }

    private OnboardingCard Card(int item) => new(Name(item), [item]);

    private string Name(int item) => _data.ItemAttributes.TitleOf(item) ?? _data.Items.Id(item);

    private int[] CardsOf(IEnumerable<int> items) =>
        [.. items.Select(item => _cardOf.GetValueOrDefault(item, -1)).Where(card => card >= 0).Distinct()];

    /// <summary>The column with the fewest labels, but more than one: genres rather than tags.</summary>
    private static LabelColumn? LabelsOf(Catalog attributes) =>
        attributes.Labels.Values.Where(column => column.Labels.Count > 1).MinBy(column => column.Labels.Count);
}

/// <summary>What is shown to be picked.</summary>
/// <param name="Items">One, or those that stand for a group.</param>
internal sealed record OnboardingCard(string Title, IReadOnlyList<int> Items);
