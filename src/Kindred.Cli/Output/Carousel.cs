using Kindred.Models;

namespace Kindred.Cli.Output;

/// <summary>What one user would see, with what they had before and why.</summary>
/// <param name="TopRated">Their best items: highest weight first, later ones first among equals.</param>
internal sealed record Carousel(
    string UserId, int Events, IReadOnlyList<int> TopRated, IReadOnlyList<RecommendedItem> Items)
{
    public const int Length = 8;

    private const int MostLiked = 4;

    public static Carousel Of(Interactions interactions, int user, IRecommender recommender)
    {
        var query = Query.Of(interactions, user);
        int[] liked = [.. Enumerable.Range(0, query.History.Length)
            .OrderByDescending(n => query.WeightOf(n)).ThenByDescending(n => n)
            .Select(n => query.History.Span[n]).Distinct().Take(MostLiked)];
        string id = interactions.Users.Id(user);
        return new(id, query.History.Length, liked,
            recommender.Recommend(new RecommendRequest { UserId = id, Count = Length, Because = true }).Items);
    }

    public IEnumerable<Block> ToBlocks(ItemList list) =>
    [
        new Paragraph($"User {UserId} had {Format.Many(Events, "item")}, best liked: {string.Join("; ", TopRated.Select(list.TitleOf))}"),
        list.ToCarousel(Items),
    ];
}
