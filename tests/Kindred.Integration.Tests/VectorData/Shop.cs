using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;
using Kindred.VectorData;
using Microsoft.Extensions.VectorData;

namespace Kindred.Integration.Tests.VectorData;

/// <summary>Some customers of drinks and tools, with a snapshot of factors.</summary>
internal sealed class Shop : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Shop(ITrainer? trainer = null)
    {
        var model = new ChosenModel(ModelSpec.For(trainer ?? new ImplicitAls { Dimensions = 4, Epochs = 5 }), ModelSpec.Popularity);
        Snapshot = model.Train(Data).Publish(_folder.Path);
    }

    public static readonly string[] Drinks = ["tea", "honey", "milk", "cocoa"], Tools = ["hammer", "saw", "nails", "drill"];

    /// <summary>Users 0 to 9 have all drinks but one or two, 10 to 19 tools likewise.</summary>
    public static Interactions Data { get; } = Interactions.FromEvents(
        from user in Enumerable.Range(0, 20)
        from n in Enumerable.Range(0, 4)
        where n != user % 4 && (n + 1) % 4 != user % 3
        select ($"user {user}", (user < 10 ? Drinks : Tools)[n]), e => e)
        .WithItemAttributes(Drinks.Concat(Tools).Select((item, n) => new AttributeRow(item)
        {
            Texts = { ["title"] = item.ToUpperInvariant() },
            Numbers = { ["price"] = n, ["clip.0"] = n == 0 ? float.NaN : n, ["clip.1"] = 1 },
            Labels = { ["kind"] = n < 4 ? ["drink"] : ["tool", "metal"] },
        }));

    public string Snapshot { get; }

    public void Dispose() => _folder.Dispose();
}

/// <summary>A record as a program declares it for its store.</summary>
internal sealed class Product
{
    [VectorStoreKey]
    public required string Id { get; init; }

    [VectorStoreData]
    public string? Title { get; init; }

    [VectorStoreVector(4)]
    public ReadOnlyMemory<float> Vector { get; init; }

    public static Product From(ItemVector item) => new() { Id = item.ItemId, Title = item.Title, Vector = item.Vector };
}
