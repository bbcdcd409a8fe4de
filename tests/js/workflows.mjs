// Inputs with which the four shipped workflows succeed on the sandbox.

const CONFIG = "sha256:b1e1326d186c6e22d89cc573d2d79401aae3dba99b10198c208bb1817d3888bf";
const LAYERS = [
  "sha256:048e9b955edc51d6266381170fdf7ce1dbd4e05e4e6421de8f06dfbed24e6eb5",
  "sha256:eafb6722d18d5be8365225f5667ffdb8441fbb8b6d49853f73af50fef2cad8ca",
];
const mediaType = "application/vnd.oci.image.manifest.v1+json";

/** A manifest whose layers the sandbox has in each of its repositories. */
const imageManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType,
  config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: CONFIG, size: 294 },
  layers: LAYERS.map((digest) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 2048 })),
});

const image = { repositoryName: "team/worker", imageTag: "1.0.0", imageManifest, imageManifestMediaType: mediaType };
const arn = "arn:aws:imagebuilder:eu-central-1:123456789012";

export const WORKFLOWS = {
  "ensure-repository-and-seed-image": image,
  "publish-image": image,
  "image-inventory": { repositoryName: "app" },
  "create-image-and-poll": {
    containerRecipeArn: `${arn}:container-recipe/web/1.0.0`,
    infrastructureConfigurationArn: `${arn}:infrastructure-configuration/i`,
    distributionConfigurationArn: `${arn}:distribution-configuration/d`,
  },
};
