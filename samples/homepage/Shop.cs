namespace Homepage;

/// <summary>Somebody bought something.</summary>
internal sealed record Purchase(string UserId, string Sku, DateTimeOffset At);

/// <summary>A shop that was made up, in place of your database.</summary>
internal static class Shop
{
    private static readonly string[] Departments = ["garden", "kitchen", "music", "sports"];

    /// <summary>400 users who buy for a year, most of it in one department each: ids are user0 … user399, garden0 … sports24.</summary>
    public static IEnumerable<Purchase> Purchases()
    {
        var random = new Random(1);
        var opening = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (int n = 0; n < 8_000; n++)
        {
            int user = random.Next(400);
            string department = Departments[random.Next(10) < 8 ? user % Departments.Length : random.Next(Departments.Length)];
            int item = random.Next(1 + random.Next(25)); // some are bought more often
            yield return new($"user{user}", $"{department}{item}", opening.AddHours(n));
        }
    }
}
