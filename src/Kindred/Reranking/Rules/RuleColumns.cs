using Kindred.Data;

namespace Kindred.Reranking.Rules;

/// <summary>The columns of items, users and requests that rules may ask for.</summary>
/// <param name="Items">A row an item.</param>
/// <param name="Users">A row a user.</param>
/// <param name="Context">Only the names and kinds of its columns count: the values are those of <see cref="Models.QueryContext"/>.</param>
internal sealed record RuleColumns(Catalog Items, Catalog Users, Catalog Context)
{
    /// <summary>For <c>item.id</c>; null: there is none.</summary>
    public Vocabulary? ItemIds { get; init; }

    /// <summary>For <c>user.id</c>; null: there is none.</summary>
    public Vocabulary? UserIds { get; init; }

    public static RuleColumns Of(Interactions interactions) =>
        new(interactions.ItemAttributes, interactions.UserAttributes, interactions.Context)
    {
        ItemIds = interactions.Items,
        UserIds = interactions.Users,
    };
}
