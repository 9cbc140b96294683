namespace Kindred.Evaluation.Metrics;

/// <summary>How many training users each item has: all that metrics know of what was trained on.</summary>
/// <param name="UsersOfItems">[items]</param>
/// <param name="Users">All, also those without an event.</param>
internal sealed record ItemAudience(int[] UsersOfItems, long Users)
{
    public int Items => UsersOfItems.Length;

    public static implicit operator ItemAudience(Interactions train) => new(train.CountUsersOfItems(), train.Users.Count);
}
