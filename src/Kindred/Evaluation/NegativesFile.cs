using System.Globalization;
using System.Text;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>
/// Negatives that a paper's authors drew, as ReChorus writes them beside the events of a part: a table with a line for each user, commas or
/// tabs between its columns, of which <c>user_id</c> is the user and <c>neg_items</c> a list: <c>[12, 7, 31]</c>.
/// </summary>
internal static class NegativesFile
{
    private const string UserColumn = "user_id", ItemsColumn = "neg_items";

    /// <exception cref="InputException">
    /// The file cannot be read or is not such a table, or its users and items are not those of the measured part.
    /// </exception>
    public static SampledNegatives Read(string path, Holdout holdout)
    {
        string name = Path.GetFileName(path);
        string[] lines = LinesOf(path);
        char separator = lines.FirstOrDefault()?.Contains('\t', StringComparison.Ordinal) == true ? '\t' : ',';
        List<string> header = lines.Length == 0 ? [] : CellsOf(lines[0], separator);
        int user = header.IndexOf(UserColumn), items = header.IndexOf(ItemsColumn);
        if (user < 0 || items < 0)
        {
            throw new InputException($"{name} has no column {(user < 0 ? UserColumn : ItemsColumn)}, by which negatives are given; it has "
                + $"{(header.Count == 0 ? "no line" : string.Join(", ", header))}.");
        }
        var ofUser = new ReadOnlyMemory<int>[holdout.Test.Users.Count];
        var (seen, known, unknown) = (new bool[ofUser.Length], 0, 0);
        for (int n = 1; n < lines.Length; n++)
        {
            if (lines[n].Length == 0) continue;
            var cells = CellsOf(lines[n], separator);
            if (cells.Count != header.Count)
                throw new InputException($"Line {n + 1} of {name} has {cells.Count} cells and its header {header.Count}.");
            // users without events are not measured
            if (!holdout.Test.Users.TryGetIndex(cells[user], out int index)) continue;
            if (seen[index])
                throw new InputException($"{name} has the user {cells[user]} twice, again in line {n + 1}; give one line each.");
            (ofUser[index], int missing) = ItemsOf(cells[items], holdout);
            (seen[index], known, unknown) = (true, known + ofUser[index].Length, unknown + missing);
        }
        if (unknown > known)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"Of the items in {name}, {unknown:N0} are not in the data and {known:N0} are: are its ids those of the data?"));
        }
        for (int index = 0; index < seen.Length; index++)
        {
            if (!seen[index] && !holdout.Test.Histories.ItemsOf(index).IsEmpty)
                throw new InputException(
                    $"The user {holdout.Test.Users.Id(index)} has a test event, and no negatives in {name}; is it of another part?");
        }
        string without = unknown == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $" ({unknown:N0} of which are items without an event, which are not ranked)");
        return SampledNegatives.Given(holdout, ofUser, $"the negatives in {name}{without}");
    }

    private static string[] LinesOf(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The negatives in {path} cannot be read: {e.Message}", e);
        }
    }

    /// <returns>The items that have a number, and how many have none.</returns>
    private static (int[] Items, int Unknown) ItemsOf(string list, Holdout holdout)
    {
        string[] ids = list.Trim().TrimStart('[').TrimEnd(']')
            .Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var items = new List<int>();
        foreach (string id in ids) if (holdout.Test.Items.TryGetIndex(id.Trim('\'', '"'), out int item)) items.Add(item);
        return ([.. items], ids.Length - items.Count);
    }

    // quotes keep separators; two of them are one
    private static List<string> CellsOf(string line, char separator)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool isQuoted = false;
        for (int n = 0; n < line.Length; n++)
        {
            if (line[n] == '"' && isQuoted && n + 1 < line.Length && line[n + 1] == '"') cell.Append(line[n++]);
            else if (line[n] == '"') isQuoted = !isQuoted;
            else if (line[n] == separator && !isQuoted) Next();
            else cell.Append(line[n]);
        }
        Next();
        return cells;

        void Next()
        {
            cells.Add(cell.ToString().Trim());
            cell.Clear();
        }
    }
}
