using EfCoreSample;
using Kindred;
using Kindred.Data;
using Microsoft.EntityFrameworkCore;

using var db = new ShopContext("shop.db");
if (await db.Database.EnsureCreatedAsync()) await db.FillAsync();

// Only the columns that are needed leave the database, a row at a time.
var since = new DateTime(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc);
var purchases = db.Purchases
    .Where(purchase => purchase.At >= since)
    .OrderBy(purchase => purchase.At)
    .Select(purchase => new Event(purchase.CustomerId, purchase.Sku, new DateTimeOffset(purchase.At), purchase.Quantity));
var data = await Interactions.FromEventsAsync(purchases.AsAsyncEnumerable());

// What is known of the products: from a query, which is an IEnumerable as well.
data = data.WithItemAttributes(db.Products.AsNoTracking().AsEnumerable().Select(product => new AttributeRow(product.Sku)
{
    Texts = { ["title"] = product.Title },
    Labels = { ["department"] = [product.Department] },
}));
Console.WriteLine($"{data.Histories.Count} purchases of {data.Users.Count} customers");

var result = ModelComparison.Run(data, new ItemKnn(), new ImplicitAls { Dimensions = 8 });
Console.WriteLine(result.Advice);
result.Winner.Train(data).Publish("snapshots");

using var recommender = Recommender.Open("snapshots");
foreach (var item in recommender.Recommend("customer1", count: 3).Items) Console.WriteLine($"customer1 may like {item.Title}");
