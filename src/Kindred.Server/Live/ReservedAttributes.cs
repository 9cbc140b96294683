namespace Kindred.Server.Live;

/// <summary>Attributes of items that say something to the server: to models, filters and rules they are none.</summary>
internal static class ReservedAttributes
{
    /// <summary>How many impressions the item is promised.</summary>
    public const string Contract = "contract";

    public static bool Contains(string name) => name == Contract;
}
