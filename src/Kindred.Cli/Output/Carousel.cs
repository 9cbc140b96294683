using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Cli.Output;

/// <summary>What one user would see, with what he had before and why.</summary>
/// <param name="TopRated">His best items: highest weight first, later ones first among equals.</param>
/// <param name="Reasons">[candidates]: past items that speak for it.</param>
internal sealed record Carousel(
    string UserId, int Events, IReadOnlyList<int> TopRated, IReadOnlyList<Candidate> Candidates, IReadOnlyList<IReadOnlyList<int>> Reasons)
{
    public const int Length = 8;

    private const int MostLiked = 4;

    public static Carousel Of(Interactions interactions, int user, IModel model, IRecommender recommender)
    {
        var query = Query.Of(interactions, user);
        var candidates = recommender.Recommend(query, Length);
        int[] liked = [.. Enumerable.Range(0, query.History.Length)
            .OrderByDescending(n => query.WeightOf(n)).ThenByDescending(n => n)
            .Select(n => query.History.Span[n]).Distinct().Take(MostLiked)];
        return new(interactions.Users.Id(user), query.History.Length, liked, candidates,
            [.. candidates.Select(c => TopContributions.For(model, query, c.Item))]);
    }

    public IEnumerable<Block> ToBlocks(ItemList list) =>
    [
        new Paragraph($"User {UserId} had {Format.Many(Events, "item")}, best liked: {string.Join("; ", TopRated.Select(list.TitleOf))}"),
        list.ToCarousel(Candidates, Reasons),
    ];
}
