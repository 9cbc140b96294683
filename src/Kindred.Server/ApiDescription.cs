using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Endpoints;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Kindred.Server;

/// <summary>What /openapi/v1.json says beyond what can be read off the endpoints.</summary>
internal static class ApiDescription
{
    public static void Configure(OpenApiOptions options)
    {
        options.CreateSchemaReferenceId = NameOf;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Kindred",
                Version = "v1",
                Description = "Recommendations, and what they are made of.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            operation.OperationId ??= context.Description.ActionDescriptor.EndpointMetadata.OfType<OperationId>().FirstOrDefault()?.Value;
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(RecommendationRequest) && schema.Properties?["history"] is OpenApiSchema history)
                history.Items = HistoryEventSchema();
            if (context.JsonTypeInfo.Type == typeof(RequestContext) && schema.Properties?["time"] is OpenApiSchema time)
                (time.Type, time.Format) = (JsonSchemaType.String | JsonSchemaType.Null, "date-time"); // nor through this converter
            // what may be null is left out of answers, and may be left out of requests
            foreach (var member in context.JsonTypeInfo.Properties)
            {
                if (member.IsGetNullable || Nullable.GetUnderlyingType(member.PropertyType) is not null)
                    schema.Required?.Remove(member.Name);
            }
            return Task.CompletedTask;
        });
    }

    /// <summary>Clients are generated from the description, and their types have these names.</summary>
    /// <returns>Null: any JSON, nothing to refer to.</returns>
    private static string? NameOf(JsonTypeInfo type) => OpenApiOptions.CreateDefaultSchemaReferenceId(type) switch
    {
        nameof(EventEndpoints.EventContract) => "NewEvent",
        nameof(EntryContract) => "CatalogEntry",
        nameof(PatchContract) => "CatalogChange",
        nameof(ExposureEndpoints.ShownContract) => "ShownItems",
        var name => (Nullable.GetUnderlyingType(type.Type) ?? type.Type) == typeof(JsonElement) ? null : name,
    };

    /// <summary>Schemas are made of the host's JSON options: those of the contracts.</summary>
    public static void ConfigureSchemas(JsonOptions json)
    {
        var contracts = ContractsJson.Default.Options;
        json.SerializerOptions.NumberHandling = contracts.NumberHandling;
        json.SerializerOptions.UnmappedMemberHandling = contracts.UnmappedMemberHandling;
        json.SerializerOptions.DefaultIgnoreCondition = contracts.DefaultIgnoreCondition;
        json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
        json.SerializerOptions.TypeInfoResolverChain.Insert(1, LivingJson.Default);
        json.SerializerOptions.TypeInfoResolverChain.Insert(2, RenewalJson.Default);
        json.SerializerOptions.TypeInfoResolverChain.Insert(3, ExperimentsJson.Default);
    }

    /// <summary>The converter reads two shapes, which no reflection can see.</summary>
    private static OpenApiSchema HistoryEventSchema() => new()
    {
        Description = "An item id, or an item id with a weight.",
        OneOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.String, Description = "The item's id." },
            new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { "itemId" },
                AdditionalPropertiesAllowed = false,
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["itemId"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The item's id." },
                    ["weight"] = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Number, ExclusiveMinimum = "0", Default = 1, Description = "How much the event counts.",
                    },
                },
            },
        ],
    };
}
