using Microsoft.EntityFrameworkCore;

namespace EfCoreSample;

/// <summary>Somebody bought something.</summary>
internal sealed class Purchase
{
    public int Id { get; init; }

    public required string CustomerId { get; init; }

    public required string Sku { get; init; }

    public required Product Product { get; init; }

    public int Quantity { get; init; }

    /// <summary>UTC.</summary>
    public DateTime At { get; init; }
}

/// <summary>What is sold.</summary>
internal sealed class Product
{
    public required string Sku { get; init; }

    public required string Title { get; init; }

    public required string Department { get; init; }
}

/// <summary>The database of a shop: your own context in place of this one.</summary>
internal sealed class ShopContext(string file) : DbContext
{
    public DbSet<Purchase> Purchases => Set<Purchase>();

    public DbSet<Product> Products => Set<Product>();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseSqlite($"Data Source={file}");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>().HasKey(product => product.Sku);
        modelBuilder.Entity<Purchase>().HasOne(purchase => purchase.Product).WithMany().HasForeignKey(purchase => purchase.Sku);
    }

    /// <summary>400 customers who buy for a year, most of it in one department each.</summary>
    public async Task FillAsync()
    {
        string[] departments = ["garden", "kitchen", "music", "sports"];
        Product[] products =
        [
            .. from department in departments
               from n in Enumerable.Range(0, 25)
               select new Product { Sku = $"{department}{n}", Title = $"{department} article {n}", Department = department },
        ];
        var random = new Random(1);
        var opening = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Purchases.AddRange(Enumerable.Range(0, 8_000).Select(n =>
        {
            int customer = random.Next(400);
            int department = random.Next(10) < 8 ? customer % departments.Length : random.Next(departments.Length);
            var product = products[(department * 25) + random.Next(1 + random.Next(25))]; // some are bought more often
            return new Purchase
            {
                CustomerId = $"customer{customer}",
                Sku = product.Sku,
                Product = product,
                Quantity = 1 + random.Next(2),
                At = opening.AddHours(n),
            };
        }));
        await SaveChangesAsync();
    }
}
