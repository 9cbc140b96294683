namespace Kindred;

/// <summary>The answer to a request about an item that is not there, on the command line and over HTTP.</summary>
internal static class UnknownItem
{
    /// <param name="name">Of the snapshot, or of the model and its data.</param>
    public static string Sentence(string itemId, string name) => $"There is no item '{PlainText.Shorten(itemId)}' in the data of {name}.";
}
