namespace Kindred.Models.Sgd;

/// <summary>
/// The columns of an embedding that hold the bias of one side: the other side is 1 there, and stays so. −1: there is none.
/// </summary>
/// <param name="Item">The bias in an item's row, 1 in every user's.</param>
/// <param name="User">The bias in a user's row, 1 in every item's.</param>
internal readonly record struct BiasColumns(int Item, int User)
{
    public static BiasColumns None { get; } = new(-1, -1);

    public int Count => (Item >= 0 ? 1 : 0) + (User >= 0 ? 1 : 0);
}
