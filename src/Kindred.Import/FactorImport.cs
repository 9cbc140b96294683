using Kindred.Data;
using Kindred.Import.Arrays;
using Kindred.Import.Writing;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;

namespace Kindred.Import;

/// <summary>
/// Factors of items and users that another program learned, as a model of data: those of <c>implicit</c> or LightFM, of PyTorch, or your
/// own. The score of an item is the inner product of its factors with those of the user; a bias is one dimension more.
/// </summary>
/// <remarks>
/// Files: <c>.npy</c> (one matrix), <c>.npz</c> and <c>.safetensors</c> (matrices by name); float16, float32 or float64, by rows or by
/// columns. Ids are found in this order: the file that is named; <c>item_ids</c> or <c>user_ids</c> in the same <c>.npz</c> or
/// <c>.safetensors</c>; <c>name.ids.json</c> beside <c>name.npy</c>; else the rows are those of the data, in their order.
/// </remarks>
public sealed record FactorImport
{
    /// <summary>File of the items' factors, [items, d].</summary>
    public required string Items { get; init; }

    /// <summary>File of the users' factors, [users, d]; null: those in the file of the items, if there are any.</summary>
    public string? Users { get; init; }

    /// <summary>File of the items' ids, in the order of the rows: JSON, <c>.npy</c>, or one a line.</summary>
    public string? ItemIds { get; init; }

    private const string UsualUsers = "user_factors";

    /// <summary>File of the users' ids, likewise.</summary>
    public string? UserIds { get; init; }

    /// <summary>Name of the items' matrix.</summary>
    public string ItemArray { get; init; } = "item_factors";

    /// <summary>Name of the users' matrix.</summary>
    public string UserArray { get; init; } = UsualUsers;

    /// <summary>How users without factors, or with newer events, are folded in from their histories.</summary>
    public ImplicitAls FoldIn { get; init; } = new();

    /// <summary>Reads the factors of those that the data know.</summary>
    /// <exception cref="InputException">A file cannot be read or is something else, or fits neither the data nor the other.</exception>
    /// <exception cref="ArgumentNullException">The data are null.</exception>
    public ImportedFactors Read(Interactions data)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var file = ArrayFile.Open(Items);
        var items = Read(file, ItemArray, "--item-array", ItemIds, "item_ids", data.Items, "item");
        bool hasUsers = Users is not null || (FactorFile.HasNames(Items) && file.Contains(UserArray));
        if (!hasUsers && UserArray != UsualUsers) file.Find(UserArray, "--user-array"); // says what there is
        if (!hasUsers && UserIds is not null)
            throw new InputException($"--user-ids names users, and {Items} has no factors of users; name their file by --users.");
        using var ofUsers = Users is null ? null : ArrayFile.Open(Users);
        var users = hasUsers ? Read(ofUsers ?? file, UserArray, "--user-array", UserIds, "user_ids", data.Users, "user")
            : new(new(0, items.Rows.Columns), 0, 0);
        if (users.Rows.Columns != items.Rows.Columns)
            throw new InputException(
                $"Items have {items.Rows.Columns} dimensions and users {users.Rows.Columns}; they must be of one model.");
        var foldIn = (FoldIn with { Dimensions = items.Rows.Columns }).For(data);
        var options = TrainerOptions.Of(foldIn);
        options["items"] = Path.GetFileName(Items);
        if (Users is not null) options["users"] = Path.GetFileName(Users);
        var manifest = new ModelManifest(
            TrainerCatalog.Factors, options, 0, 0, data.Origin.Name, data.Origin.Fingerprint, data.Users.Count, data.Items.Count,
            data.Histories.Count);
        return new(new(manifest, new FactorModel(data.Items, foldIn, users.Rows, items.Rows)), items.Known, items.Unknown, users.Known,
            users.Unknown);
    }

    /// <returns>[ids of the data, d]; zero where nothing came.</returns>
    private static (Matrix Rows, int Known, int Unknown) Read(
        ArrayFile file, string array, string option, string? idFile, string idArray, Vocabulary known, string what)
    {
        var given = file.Find(array, option).ToMatrix();
        string beside = Path.ChangeExtension(file.Path, ".ids.json");
        string[]? ids = idFile is not null ? IdList.Read(idFile, given.Rows) : file.IdsOf(idArray)
            ?? (File.Exists(beside) ? IdList.Read(beside, given.Rows) : null);
        if (ids is null && given.Rows != known.Count)
            throw new InputException(
                $"{file.Path} has {given.Rows} rows, and the data have {known.Count} {what}s; say whose rows they are by --{what}-ids.");
        if (ids is not null && ids.Length != given.Rows)
            throw new InputException($"{file.Path} has {given.Rows} rows, and its {idArray} name {ids.Length}.");
        var rows = new Matrix(known.Count, given.Columns);
        var isKnown = new bool[known.Count];
        int unknown = 0;
        for (int n = 0; n < given.Rows; n++)
        {
            int place = n;
            if (ids is not null && !known.TryGetIndex(ids[n], out place))
            {
                unknown++;
                continue;
            }
            if (isKnown[place]) throw new InputException($"{file.Path} has two rows of the {what} {known.Id(place)}.");
            isKnown[place] = true;
            given.Row(n).CopyTo(rows.Row(place));
        }
        if (unknown == given.Rows)
            throw new InputException($"{file.Path} has a row of no {what} of these data; are its ids those of the data?");
        return (rows, given.Rows - unknown, unknown);
    }
}

/// <summary>A model of factors that another program learned.</summary>
/// <param name="Items">Items of the data that have factors.</param>
/// <param name="UnknownItems">Rows of items that the data do not have, left out.</param>
/// <param name="Users">Users of the data that have factors; the others are folded in.</param>
/// <param name="UnknownUsers">Rows of users that the data do not have, left out.</param>
public sealed record ImportedFactors(TrainedModel Trained, int Items, int UnknownItems, int Users, int UnknownUsers);
